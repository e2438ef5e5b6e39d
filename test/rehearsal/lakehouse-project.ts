import { OwnProject } from './own-project';

/** A project that begins with the lakehouse. */
export class LakehouseProject extends OwnProject {
  constructor() {
    super('lakehouse');
  }
}
