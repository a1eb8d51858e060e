import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '@parley/platform';
import { Secrets } from '../secrets/secrets.js';
import { deviceCookieName, hostCookie } from './cookies.js';
import type { Device } from './device.js';
import {
  deviceId,
  deviceLifeDays,
  knows,
  newDevice,
  readDeviceCookie,
  withMark,
  writeDeviceCookie,
} from './device-cookie.js';

/** Known devices of accounts. A device cookie is no credential: it says that somebody has signed in here before. */
@Injectable()
export class Devices {
  constructor(
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  /**
   * @param userId undefined where there is no such account, for which the same work is done
   * @returns the name of the device when the account has signed in on it, else undefined
   */
  recognise({ cookie }: Device, userId: string | undefined): string | undefined {
    const given = cookie === null ? undefined : readDeviceCookie(cookie);
    const isKnown = given !== undefined && knows(given, this.keyOf(userId ?? ''), this.clock.now());
    return isKnown && userId !== undefined ? deviceId(given) : undefined;
  }

  /** The account has signed in on the device. @returns its name, and the `Set-Cookie` that says so */
  remember({ cookie }: Device, userId: string): { id: string; cookie: string } {
    const given = (cookie === null ? undefined : readDeviceCookie(cookie)) ?? newDevice();
    const marked = withMark(given, this.keyOf(userId), this.clock.now());
    const lifeSeconds = deviceLifeDays * 86_400;
    return { id: deviceId(marked), cookie: hostCookie(deviceCookieName, writeDeviceCookie(marked), lifeSeconds) };
  }

  private keyOf(userId: string): Buffer {
    return createHmac('sha256', this.secrets.keyFor('device')).update(userId).digest();
  }
}
