/* global rs, db, sleep, print */
/* Run by mongosh at every start: the first makes the one node a replica set, the later ones find that done. */
try {
  rs.status();
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error;
  rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: 'mongo:27017' }] });
}
while (!db.hello().isWritablePrimary) sleep(200);
print('the replica set rs0 takes writes');
