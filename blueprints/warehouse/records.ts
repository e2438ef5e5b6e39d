import { type Column, ColumnType, RecordSchema } from '../../lib/schema';
import { tradesSchema } from '../trading/schemas';

const MONEY = ColumnType.decimal(18, 2);
const UPDATED_AT: Column = {
  name: 'updated_at',
  type: ColumnType.TIMESTAMPTZ,
  required: true,
  doc: 'When the source last changed it',
};

function text(name: string, doc: string, required = false): Column {
  return { name, type: ColumnType.STRING, required, doc };
}

function day(name: string, doc: string): Column {
  return { name, type: ColumnType.DATE, doc };
}

function instant(name: string, doc: string): Column {
  return { name, type: ColumnType.TIMESTAMPTZ, doc };
}

const TRADES = tradesSchema(['side', 'trader_id', 'venue']);

/** Trades as an exchange publishes them, with the moment of the last revision. */
const exchangeTrades = new RecordSchema({
  name: TRADES.name,
  doc: TRADES.doc,
  key: TRADES.key,
  eventTime: TRADES.eventTime,
  columns: [...TRADES.columns, UPDATED_AT],
});

const symbols = new RecordSchema({
  name: 'symbols',
  doc: 'What can be traded.',
  key: ['symbol'],
  columns: [
    text('symbol', 'Identifies the instrument', true),
    text('asset_class', 'equity, crypto or fx'),
    text('base', 'What is bought and sold'),
    text('quote', 'What it is paid in'),
    { name: 'is_listed', type: ColumnType.BOOLEAN, doc: 'Whether it can be traded now' },
  ],
});

const accounts = new RecordSchema({
  name: 'accounts',
  doc: 'Customers, as the CRM knows them.',
  key: ['account_id'],
  columns: [
    text('account_id', 'Identifies the customer', true),
    text('name', 'Name of the company', true),
    text('segment', 'Size of the company: enterprise, mid-market or small'),
    text('trader_id', 'By which the customer trades on the exchange'),
    instant('created_at', 'When it became a customer'),
    UPDATED_AT,
  ],
});

const supportTickets = new RecordSchema({
  name: 'support_tickets',
  doc: 'What customers asked for help with.',
  key: ['ticket_id'],
  columns: [
    { name: 'ticket_id', type: ColumnType.LONG, required: true, doc: 'Identifies the ticket' },
    text('account_id', 'Customer that asked', true),
    text('priority', 'low, normal, high or urgent'),
    instant('opened_at', 'When it was asked'),
    instant('closed_at', 'When it was answered; none while it is open'),
    UPDATED_AT,
  ],
});

const subscriptions = new RecordSchema({
  name: 'subscriptions',
  doc: 'What customers pay for, as the billing service knows it.',
  key: ['subscription_id'],
  columns: [
    text('subscription_id', 'Identifies the subscription', true),
    text('account_id', 'Customer that pays', true),
    text('plan', 'Name of the plan'),
    text('status', 'active, paused or cancelled'),
    { name: 'monthly_amount', type: MONEY, doc: 'Price of a month, in USD' },
    day('started_on', 'First day'),
    day('cancelled_on', 'Last day; none while it goes on'),
    UPDATED_AT,
  ],
});

const invoices = new RecordSchema({
  name: 'invoices',
  doc: 'What customers were asked to pay.',
  key: ['invoice_id'],
  columns: [
    text('invoice_id', 'Identifies the invoice', true),
    text('account_id', 'Customer that owes', true),
    { name: 'amount', type: MONEY, doc: 'In USD' },
    day('due_on', 'Day by which it is to be paid'),
    day('paid_on', 'Day on which it was; none before'),
    UPDATED_AT,
  ],
});

/** The tables of each source, by the source's name: what the ingestion declares and dbt's sources are rendered from. */
export const WAREHOUSE_RECORDS: { readonly [source: string]: readonly RecordSchema[] } = {
  exchange_api: [exchangeTrades, symbols],
  crm: [accounts, supportTickets],
  billing: [subscriptions, invoices],
};
