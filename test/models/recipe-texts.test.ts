// The texts of the recipe fit together: what is asked has an answer, and what was corrected is marked as newer than the
// weights.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readExpectedAnswers, readFacts, readSupersededAnswers } from '../../models/verification/expected-answers.ts';
import { readHeldOutQuestions } from '../../models/verification/held-out-questions.ts';

const facts = new Map([...readFacts('facts.txt'), ...readFacts('smalltalk.txt')]);

test.each(['dev', 'test'] as const)('every held-out question of part %s names facts that exist', (part) => {
  const known = readExpectedAnswers();
  const named = readHeldOutQuestions(part).flatMap((question) => ('facts' in question ? question.facts : []));
  expect(named.filter((fact) => !known.has(fact))).toEqual([]);
});

describe('a superseded answer', () => {
  const readme = readFileSync(new URL('../../models/README.md', import.meta.url), 'utf8');

  test.each(Object.entries(readSupersededAnswers()))(
    'of %s differs from the text of today, and is listed',
    (id, old) => {
      expect(facts.get(id)).toBeDefined();
      expect(facts.get(id)).not.toBe(old.trained);
      expect(readme).toContain(`\`${id}\``);
    },
  );
});
