/** The only path that is open to all: it shows nothing. */
export const ENTER_PATH = '/enter';

/**
 * A CloudFront function (JavaScript runtime 2.0) that makes cookies of a signed link and sends the reader on to the site. It
 * believes nothing: whether the cookies are good CloudFront itself judges, at every page. Letters of the base64 that
 * CloudFront has for cookies are all that it passes on.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html (2026-11-28)
 */
export const ENTRANCE_CODE = `function handler(event) {
  var query = event.request.querystring;
  var names = { policy: 'CloudFront-Policy', signature: 'CloudFront-Signature', key: 'CloudFront-Key-Pair-Id' };
  var cookies = {};
  for (var name in names) {
    var value = query[name] && query[name].value;
    if (!value || !/^[A-Za-z0-9_~-]+$/.test(value)) {
      return { statusCode: 403, statusDescription: 'Forbidden' };
    }
    cookies[names[name]] = { value: value, attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax' };
  }
  return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: '/' } }, cookies: cookies };
}
`;
