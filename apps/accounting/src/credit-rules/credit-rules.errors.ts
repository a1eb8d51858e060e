import { DomainError } from '@parley/platform';

export const CreditRuleErrors = {
  notFound: () => new DomainError('notFound', 'rule_not_found', 'There is no such rule.'),
  deleted: () => new DomainError('conflict', 'rule_deleted', 'This rule was deleted; make a new one.'),
};
