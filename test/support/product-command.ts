import { Command } from 'commander';
import { registerProductCommand } from '../../bin/commands/product';

/** Runs `data-patterns product`; what it printed, and its exit status. An input error is thrown. */
export async function runProduct(...args: string[]): Promise<{ out: string; status: unknown }> {
  let out = '';
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const before = process.exitCode;
  try {
    const program = new Command();
    registerProductCommand(program);
    await program.parseAsync(['node', 'data-patterns', 'product', ...args]);
    return { out, status: process.exitCode };
  } finally {
    process.exitCode = before;
    stdout.mockRestore();
  }
}
