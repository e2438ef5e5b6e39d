/** A request that cannot be answered; the message is for the client. */
export class BadRequestError extends Error {}
