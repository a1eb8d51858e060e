/** What is said when a pattern fits. `$1` is what the pattern caught, seen from the other side. */
export interface Rule {
  /** The higher one wins where several patterns fit one line. */
  rank: number;
  pattern: RegExp;
  replies: readonly string[];
}

export const introduction = "Hello! I am Parley's offline demo program, not a language model.";

const whatItIs = [
  "I am Parley's offline demo program: a small set of patterns in the manner of ELIZA (1966), not a language model. I turn your words around and ask about them, and I know nothing of the world.",
  'A program of a few dozen rules that needs no network. For real answers, point OPENAI_BASE_URL at a model server.',
];

const cannotKnow = [
  'I cannot answer that: I am only patterns and know no facts. What made you ask?',
  'A language model might know. I can only listen. What would you do with the answer?',
  'That is beyond a program of a few rules. What do you think yourself?',
];

/** A thing of the user's: "my old car". */
export const owned = /\bmy ((?:(?:new|old|own|first|last|best|little|big) )?[\p{L}'’-]+)/iu;

/** Patterns look for a keyword and catch what follows it in the same sentence. */
export const rules: readonly Rule[] = [
  {
    rank: 100,
    pattern:
      /\b(?:(?:who|what) are you|are you (?:an? |the )?(?:ai|bot|robot|human|real|person|program|machine|computer|chatbot|language model|llm|gpt|chatgpt|eliza)|what can you do|how do you work|your name|(?:which|what) model)\b/i,
    replies: whatItIs,
  },
  {
    rank: 90,
    pattern: /\bhelp\b/i,
    replies: [
      'Tell me what is on your mind, and I will ask about it. I cannot look anything up.',
      'What would help you most?',
    ],
  },
  {
    rank: 80,
    pattern: /\b(?:bye|goodbye|see you|good night)\b/i,
    replies: ['Goodbye. It was good to listen to you.', 'Until next time.'],
  },
  {
    rank: 75,
    pattern: /\b(?:thanks|thank you|thx)\b/i,
    replies: ['You are welcome. What else is on your mind?', 'Gladly. Shall we go on?'],
  },
  {
    rank: 70,
    pattern: /\b(?:sorry|apologi[sz]e)\b/i,
    replies: ['There is nothing to be sorry for.', 'What feelings come with apologising?'],
  },
  {
    rank: 65,
    pattern: /\bi (?:dreamed|dreamt|had a dream)(?: of| about| that)? ([^.?!]+)/i,
    replies: ['What does the dream of $1 tell you?', 'Have you ever been awake and thought of $1?'],
  },
  {
    rank: 60,
    pattern: /\bi remember ([^.?!]+)/i,
    replies: ['Do you often think of $1?', 'What else comes back with $1?', 'Why does $1 come to mind just now?'],
  },
  {
    rank: 60,
    pattern: /\bdo you remember ([^.?!]+)/i,
    replies: ['I only know what you have written here. What about $1?', 'Did you think I would forget $1?'],
  },
  {
    rank: 55,
    pattern: /\bi (?:need|want|would like|wish for) ([^.?!]+)/i,
    replies: ['What would it mean to you to get $1?', 'Why do you want $1?', 'Suppose you got $1 tomorrow. What then?'],
  },
  {
    rank: 55,
    pattern:
      /\bi(?: am|['’]m) (?:so |very |really |a bit )?(sad|unhappy|depressed|tired|angry|afraid|worried|lonely|stressed|bored|sick)\b/i,
    replies: [
      'I am sorry to read that you are $1. What brought it on?',
      'How long have you been $1?',
      'What would make you less $1?',
    ],
  },
  {
    rank: 55,
    pattern: /\bi(?: am|['’]m) (?:so |very |really )?(happy|glad|proud|excited|relieved)\b/i,
    replies: ['Good to read that you are $1. What is behind it?', 'Who else knows that you are $1?'],
  },
  {
    rank: 50,
    pattern: /\bi feel ([^.?!]+)/i,
    replies: ['Tell me more about feeling $1.', 'Do you often feel $1?', 'When did you last feel $1?'],
  },
  {
    rank: 50,
    pattern: /\bi (?:can['’]?t|cannot|can not) ([^.?!]+)/i,
    replies: ['How do you know that you cannot $1?', 'What if you could $1?', 'What keeps you from it?'],
  },
  { rank: 50, pattern: /\bi don['’]?t ([^.?!]+)/i, replies: ['Why do you not $1?', 'Would you like to $1?'] },
  {
    rank: 45,
    pattern: /\bi(?: am|['’]m) ([^.?!]+)/i,
    replies: ['How long have you been $1?', 'How do you feel about being $1?', 'Did you come here because you are $1?'],
  },
  {
    rank: 45,
    pattern: /\bi (?:think|believe|guess|suppose)(?: that)? ([^.?!]+)/i,
    replies: ['What makes you think that $1?', 'Are you sure that $1?', 'And if it were not so?'],
  },
  {
    rank: 45,
    pattern: /\bi (?:love|like|enjoy) ([^.?!]+)/i,
    replies: ['What do you like most about $1?', 'When did you find out that you like $1?'],
  },
  {
    rank: 45,
    pattern: /\bi hate ([^.?!]+)/i,
    replies: ['What is it about $1 that you hate?', 'Has it always been so with $1?'],
  },
  {
    rank: 40,
    pattern:
      /\bmy (mother|father|mom|dad|parents|sister|brother|wife|husband|son|daughter|child|children|family|friend|boss)\b/i,
    replies: ['Tell me more about your $1.', 'How do you get along with your $1?', 'What does your $1 say to that?'],
  },
  {
    rank: 38,
    pattern: /\bbecause ([^.?!]+)/i,
    replies: ['Is that the real reason?', 'Would it be different if it were not that $1?'],
  },
  { rank: 36, pattern: /\bif ([^.?!,]+)/i, replies: ['How likely is it that $1?', 'What would you do if $1?'] },
  {
    rank: 34,
    pattern: /\bare you ([^.?!]+)/i,
    replies: ['Would it matter to you if I were $1?', 'I am a program; can a program be $1?'],
  },
  {
    rank: 33,
    pattern: /\b(?:can|could|would|will) you ([^.?!]+)/i,
    replies: [
      'I am only patterns, so no, I cannot $1. Why do you ask?',
      'You would need a language model to $1. What would you want it for?',
    ],
  },
  {
    rank: 32,
    pattern: /\byou ([^.?!]+)/i,
    replies: [
      'We were talking about you, not about me.',
      'Why do you say that I $1?',
      'What makes you think that I $1?',
    ],
  },
  { rank: 30, pattern: /^\s*(?:what|who|when|where|which|how|why)\b/i, replies: cannotKnow },
  { rank: 25, pattern: owned, replies: ['Tell me more about your $1.', 'What does your $1 mean to you?'] },
  {
    rank: 20,
    pattern: /^\s*(?:hello|hi|hey|good (?:morning|day|evening|afternoon))\b/i,
    replies: ['How are you today?', 'What would you like to talk about?'],
  },
  {
    rank: 15,
    pattern: /^\s*(?:yes|yeah|yep|sure|of course)\b/i,
    replies: ['I see. Go on.', 'You sound certain. What makes you so sure?'],
  },
  {
    rank: 15,
    pattern: /^\s*(?:no|nope|never)\b/i,
    replies: ['Why not?', 'You say no rather firmly. What is behind it?'],
  },
  {
    rank: 12,
    pattern: /\b(?:always|everyone|everybody|nobody)\b/i,
    replies: ['Can you think of one example?', 'Really without exception?'],
  },
];

/** With nothing to go on, something said earlier is taken up. */
export const memoryReplies = [
  'Earlier you mentioned your $1. Has that to do with this?',
  'Let us come back to your $1.',
  'I still think about your $1. Tell me more.',
];

export const emptyReplies = [
  'Please go on.',
  'Tell me more about that.',
  'What does that make you think of?',
  'I see. And then?',
];
