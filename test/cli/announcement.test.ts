// Guarantee: the call that `up` shows works as it stands, whichever models there are.
import { describe, it } from 'vitest';
import { announceToPeople, type Announcement } from '../../cli/up/announcement.ts';

const ALONE: Announcement = {
  gateway: 'http://127.0.0.1:8787',
  node: null,
  link: 'gpu',
  adminToken: null,
  key: { kind: 'created', secret: 'hk_secret' },
  models: [],
  adminTokenFile: '.hearthkey/admin-token',
};
const TINY = {
  id: 'tiny-llama',
  architecture: 'llama',
  sizeBytes: 1,
  loadMs: 1,
  device: '',
  contextLength: 1,
  sequences: 1,
};

/** The JSON body of the curl command, and the route. */
function exampleOf(announcement: Announcement): { path: string | undefined; body: unknown } {
  const text = announceToPeople(announcement);
  const [, path] = /curl http:\/\/127\.0\.0\.1:8787(\S+)/.exec(text) ?? [];
  const [, body = ''] = /-d '(.*)'/.exec(text) ?? [];
  return { path, body: JSON.parse(body) };
}

describe('the call that is shown', () => {
  it('names the first model', ({ expect }) => {
    const { path, body } = exampleOf({ ...ALONE, models: [TINY] });
    expect(path).toBe('/v1/chat/completions');
    expect(body).toMatchObject({ model: 'tiny-llama' });
  });

  it('names none while no node has said what it serves', ({ expect }) => {
    const { path, body } = exampleOf(ALONE);
    expect(path).toBe('/predict');
    expect(body).toEqual({ input: 'How do I revoke a key?' });
  });
});
