/** Operations per second of so many clients, each of which waits for an answer before it asks again. */
export async function perSecond(operation, target, clients, milliseconds) {
  let done = 0;
  let counting = false;
  let going = true;
  const client = async () => {
    while (going) {
      await operation(target);
      if (counting) done++;
    }
  };
  const working = Promise.all(Array.from({ length: clients }, client));
  working.catch(() => {}); // it is awaited below, after the time is up
  await passed(milliseconds / 4);
  const started = process.hrtime.bigint();
  counting = true;
  await passed(milliseconds);
  counting = false;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  going = false;
  await working;
  return done / seconds;
}

const passed = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
