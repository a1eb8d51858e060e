import { AuthErrors, contains, globMatches } from '@parley/auth';
import { RoleErrors } from './roles.errors.js';
import { ownerLevel } from './system-roles.js';

/** What a role is worth. */
export interface Rank {
  /** 1 to 100. */
  level: number;
  permissions: readonly string[];
  /** null for all. */
  models: readonly string[] | null;
}

/** Whoever changes something: an active member. */
export interface ActingMember extends Rank {
  userId: string;
  /** Whether they have shown within the last five minutes who they are. */
  isRecent: boolean;
}

export interface TargetMember {
  userId: string;
  level: number;
}

export const recentSeconds = 300;
/** Levels from here on are the default roles'. */
export const reservedFrom = 90;

const isOwner = ({ level }: { level: number }): boolean => level === ownerLevel;

/**
 * Whether somebody may give a role to somebody else: it is below their own, and allows nothing that they may not do. Owners alone
 * make owners, and show first who they are.
 * @throws DomainError `hierarchy`, `permissions_missing`, `models_missing`, `reauthentication_required`
 */
export function mayGive(actor: ActingMember, role: Rank): void {
  if (isOwner(role)) requireOwnership(actor, RoleErrors.outranked);
  else if (actor.level <= role.level) throw RoleErrors.outranked();
  requireContained(actor, role);
}

/**
 * Whether somebody may change what another member is: never themselves, and only who stands below. Owners may change owners.
 * @throws DomainError `own_role`, `hierarchy`, `reauthentication_required`
 */
export function mayChange(actor: ActingMember, target: TargetMember): void {
  if (actor.userId === target.userId) throw RoleErrors.ownRole();
  if (isOwner(target)) requireOwnership(actor, RoleErrors.memberOutranks);
  else if (actor.level <= target.level) throw RoleErrors.memberOutranks();
}

/**
 * Whether somebody may make a role of this rank, or change one to it, which gives it to all who have it.
 * @param before the role as it is, when there is one
 * @throws DomainError `hierarchy_level_invalid`, `hierarchy`, `permissions_missing`, `models_missing`
 */
export function mayDefine(actor: ActingMember, role: Rank, before?: Rank): void {
  if (!Number.isInteger(role.level) || role.level < 1 || role.level >= reservedFrom) throw RoleErrors.levelReserved();
  if (actor.level <= role.level || (before && actor.level <= before.level)) throw RoleErrors.outranked();
  requireContained(actor, role);
}

/** Owners step down and leave by themselves, which is no change of another. @throws DomainError `reauthentication_required` */
export function mayStepDown(actor: ActingMember): void {
  if (isOwner(actor) && !actor.isRecent) throw AuthErrors.reauthenticationRequired(recentSeconds);
}

function requireOwnership(actor: ActingMember, refusal: () => Error): void {
  if (!isOwner(actor)) throw refusal();
  if (!actor.isRecent) throw AuthErrors.reauthenticationRequired(recentSeconds);
}

function requireContained(actor: Rank, { permissions, models }: Rank): void {
  const missing = permissions.filter((each) => !contains(actor.permissions, each));
  if (missing.length > 0) throw RoleErrors.permissionsMissing(missing);
  if (actor.models === null) return;
  const own = actor.models;
  const tooMuch = (models ?? ['*']).filter((each) => !own.some((pattern) => globMatches(pattern, each)));
  if (tooMuch.length > 0) throw RoleErrors.modelsMissing(tooMuch);
}
