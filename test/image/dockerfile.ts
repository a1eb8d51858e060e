/** `COPY [--from=stage] source... destination` */
export interface Copy {
  from: string | undefined;
  sources: string[];
  destination: string;
}

export interface Stage {
  name: string;
  copies: Copy[];
  /** Its `RUN` lines. */
  commands: string[];
}

/** The stages of a Dockerfile that uses no more than this: one line for each instruction, one WORKDIR for all. */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of text.split('\n')) {
    const [, instruction, rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') stages.push({ name: / AS (\S+)/i.exec(rest)?.[1] ?? '', copies: [], commands: [] });
    else if (instruction === 'RUN') stages.at(-1)!.commands.push(rest);
    else if (instruction === 'COPY') stages.at(-1)!.copies.push(readCopy(rest));
    else if (instruction === 'ADD') throw new Error('ADD is not followed here: COPY says the same more plainly');
  }
  return stages;
}

function readCopy(rest: string): Copy {
  const words = rest.split(/ +/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), destination: paths.at(-1)! };
}
