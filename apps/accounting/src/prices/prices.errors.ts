import { DomainError } from '@parley/platform';

export const PriceErrors = {
  notPriced: (model: string) =>
    new DomainError('unprocessable', 'model_not_priced', 'This model has no price.', { facts: { model } }),
};
