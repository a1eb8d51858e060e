/* global rs, db, sleep, print */
/* Run by mongosh at every start: the first makes the one node a replica set, the later ones find that done. */
try {
  rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: 'mongo:27017' }] });
} catch (error) {
  if (error.codeName !== 'AlreadyInitialized') throw error;
}
while (!db.hello().isWritablePrimary) sleep(200);
print('the replica set rs0 takes writes');
