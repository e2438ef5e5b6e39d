import type { App } from 'aws-cdk-lib';
import * as path from 'node:path';

/** A module that can put a blueprint's stacks into an app. */
export interface Blueprint {
  /**
   * @param directory the blueprint's own folder
   * @param environment a key of its blueprint.yaml's `environments`; its default when undefined
   */
  addTo(app: App, directory: string, environment?: string): void;
}

/** Loads a blueprint by its name, the name of its folder. */
export type BlueprintRegistry = Readonly<Record<string, () => Promise<Blueprint>>>;

/** A blueprint that could not be built, and why. */
export interface BlueprintFailure {
  readonly name: string;
  readonly error: unknown;
}

/**
 * Adds blueprints to an app, each for itself: one that fails leaves nothing in the app and is reported, for what one
 * blueprint needs (accounts, another toolchain) must never block another.
 *
 * @param root the folder of all blueprints
 */
export async function addBlueprints(
  app: App,
  registry: BlueprintRegistry,
  names: readonly string[],
  root: string,
  environment?: string,
): Promise<BlueprintFailure[]> {
  const failures: BlueprintFailure[] = [];
  for (const name of names) {
    const before = new Set(app.node.children);
    try {
      const blueprint = await registry[name]();
      blueprint.addTo(app, path.join(root, name), environment);
    } catch (error) {
      failures.push({ name, error });
      const halfBuilt = app.node.children.filter((child) => !before.has(child));
      halfBuilt.forEach((child) => app.node.tryRemoveChild(child.node.id));
    }
  }
  return failures;
}
