// A goal beside the figure it was set for.

/** For example `≥ 2.5, met`; nothing when there is no goal. */
export function toGoal(value: number, goal: { atLeast: number } | { below: number } | null): string {
  if (goal === null) return '';
  const [sign, limit, isMet] =
    'atLeast' in goal ? ['≥', goal.atLeast, value >= goal.atLeast] : ['<', goal.below, value < goal.below];
  return `${sign} ${limit}, ${isMet ? 'met' : 'missed'}`;
}
