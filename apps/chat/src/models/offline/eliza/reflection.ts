/** Seen from the other side: what "I" said is what "you" said. */
const reflections = new Map([
  ['i', 'you'],
  ['me', 'you'],
  ['my', 'your'],
  ['mine', 'yours'],
  ['myself', 'yourself'],
  ["i'm", 'you are'],
  ["i've", 'you have'],
  ["i'll", 'you will'],
  ["i'd", 'you would'],
  ['am', 'are'],
  ['was', 'were'],
  ['you', 'me'],
  ['your', 'my'],
  ['yours', 'mine'],
  ['yourself', 'myself'],
  ["you're", 'I am'],
  ["you've", 'I have'],
  ["you'll", 'I will'],
]);

/** "my dog loves me" becomes "your dog loves you". */
export const reflect = (words: string): string =>
  words.replace(
    /[A-Za-z]+(?:['’][A-Za-z]+)?/g,
    (word) => reflections.get(word.toLowerCase().replace('’', "'")) ?? word,
  );
