import { z } from 'zod';

/** The one answer to requests about an address, whoever has it. */
export const accepted = z.object({ message: z.string() }).meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof accepted>;

export const acceptedAnswer = (): Accepted => ({
  message: 'If the address can be used for this, a mail is on its way to it.',
});
