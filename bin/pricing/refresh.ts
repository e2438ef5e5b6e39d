import { type Price, PRICES, type PriceTable } from './prices';

/** AWS's Price List Bulk API: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api-fetching-price-list-files-manually.html */
const PRICE_LIST = 'https://pricing.us-east-1.amazonaws.com';

/** As much of a price list file as is read. */
interface Offer {
  readonly publicationDate: string;
  readonly products: Readonly<Record<string, { readonly attributes?: Readonly<Record<string, string>> }>>;
  readonly terms: {
    readonly OnDemand?: Readonly<
      Record<
        string,
        Readonly<
          Record<
            string,
            {
              readonly priceDimensions: Readonly<
                Record<
                  string,
                  { readonly beginRange?: string; readonly pricePerUnit: Readonly<Record<string, string>> }
                >
              >;
            }
          >
        >
      >
    >;
  };
}

/** A table as AWS publishes it now. */
export interface Refreshed {
  readonly table: PriceTable;
  /** Prices that the lists do not have under the name that was looked for: they stay as they were, unchecked. */
  readonly notFound: readonly string[];
}

/**
 * Reads every price of the table anew from AWS's public price lists, which need no account.
 *
 * @param region the prices' region
 * @param from where the lists are
 * @throws Error when a list cannot be read
 */
export async function refreshPrices(region: string, from: string = PRICE_LIST): Promise<Refreshed> {
  const services = [...new Set(Object.values(PRICES.prices).map(({ offer }) => offer.service))];
  const offers = new Map<string, Offer>();
  // One after the other: some of these files have tens of megabytes.
  for (const service of services) offers.set(service, await readOffer(from, service, region));

  const notFound: string[] = [];
  const prices = Object.entries(PRICES.prices).map(([id, price]): [string, Price] => {
    const offer = offers.get(price.offer.service) as Offer;
    const usd = priceIn(offer, price);
    if (usd === undefined) {
      notFound.push(id);
      return [id, { ...price, checked: false }];
    }
    return [id, { ...price, usd, asOf: offer.publicationDate.slice(0, 10), checked: true }];
  });
  return { table: { ...PRICES, region, prices: Object.fromEntries(prices) }, notFound };
}

async function readOffer(from: string, service: string, region: string): Promise<Offer> {
  const url = `${from}/offers/v1.0/aws/${service}/current/${region}/index.json`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return (await response.json()) as Offer;
}

/** The price of the first unit, beyond what is free; undefined unless exactly one product has the usage type. */
function priceIn({ products, terms }: Offer, { offer, unit }: Price): number | undefined {
  const wanted = new RegExp(offer.usagetype);
  const found = Object.entries(products).filter(([, { attributes }]) => wanted.test(attributes?.usagetype ?? ''));
  const amounts = new Set(
    found.flatMap(([sku]) =>
      Object.values(terms.OnDemand?.[sku] ?? {}).flatMap(({ priceDimensions }) => {
        const paid = Object.values(priceDimensions)
          .map(({ beginRange = '0', pricePerUnit }) => ({ begin: Number(beginRange), usd: Number(pricePerUnit.USD) }))
          .filter(({ usd }) => usd > 0)
          .sort((a, b) => a.begin - b.begin);
        return paid.length > 0 ? [paid[0].usd] : [];
      }),
    ),
  );
  if (amounts.size !== 1) return undefined;
  // The lists price one request where the table, as the pages, prices thousands or millions.
  const [, count = '1'] = /^([\d,]+) /.exec(unit) ?? [];
  const [usd] = amounts;
  return Number((usd * Number(count.replaceAll(',', ''))).toPrecision(12));
}
