/** The refusals that the routes for inviting have in common. */
export const badRequest = [
  'validation_failed',
  'unknown_field',
  'malformed_json',
  'invalid_org_id',
  'org_id_missing',
  'org_mismatch',
];

export const forbidden = [
  'permission_denied',
  'hierarchy',
  'permissions_missing',
  'models_missing',
  'reauthentication_required',
  'org_mismatch',
  'membership_inactive',
  'organization_suspended',
];

export const inviting = {
  403: forbidden,
  404: ['organization_not_found', 'role_not_found'],
  409: ['personal_organization', 'already_member'],
  429: ['invitation_limit_reached'],
};

/** What a token that was mailed may turn out to be. */
export const presented = {
  404: ['invitation_not_found'],
  410: ['invitation_expired', 'invitation_used', 'invitation_revoked', 'invitation_invalid'],
  429: ['too_many_attempts'],
};
