/** Fresh projects in temporary folders, into which the tarball is installed as a user would. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const call = promisify(execFile);

/** What a place computed: which device, and the bits by name. */
export interface Done {
  readonly device: string;
  readonly repr: string;
  readonly bits: Readonly<Record<string, string>>;
  /** What the server of a page computed, where it did. */
  readonly server?: Done;
}

/** A file of torch.save, whose members are deflated: an LSTM. */
export const file = readFileSync(`${root}test/fixtures/checkpoint/deflated.pt`);

/** A module with the bytes of the file, which every bundler and every engine takes. */
const fileModule = `export const file = Uint8Array.of(${[...file].join(", ")});\n`;

const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1", CI: "1", ELMAN_DEVICE: "" };

export class Project {
  constructor(
    readonly directory: string,
    readonly tarball: string,
  ) {
    const work = readFileSync(join(here, "work.mjs"), "utf8");
    this.write({ "work.mjs": work, "file.mjs": fileModule });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), "utf8");
  }

  /** Installs the tarball and packages, of which npm runs no scripts but those of `scripts`. */
  async install(packages: readonly string[], scripts = false): Promise<void> {
    const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    await this.call("npm", "install", ...flags, ...(scripts ? [] : ["--ignore-scripts"]), this.tarball, ...packages);
  }

  /** What a command prints; what it prints on its way to failing is the error. */
  async call(command: string, ...args: string[]): Promise<string> {
    return this.callWith({}, command, ...args);
  }

  async callWith(env: Record<string, string>, command: string, ...args: string[]): Promise<string> {
    const options = { cwd: this.directory, env: { ...environment, ...env }, maxBuffer: 1 << 26, timeout: 300_000 };
    try {
      return (await call(command, args, options)).stdout;
    } catch (error) {
      const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
      throw new Error(`${message.split("\n")[0]}\n${stdout ?? ""}\n${stderr ?? ""}`.slice(0, 3000));
    }
  }

  /** The path of an executable that a package of this project brought. */
  bin(name: string): string {
    return join(this.directory, "node_modules/.bin", name);
  }

  /** Starts a server, waits until it prints its address, and calls `use` with it. */
  async serving<T>(
    command: string,
    args: readonly string[],
    address: RegExp,
    use: (url: string) => Promise<T>,
  ): Promise<T> {
    const server = spawn(command, args, { cwd: this.directory, env: environment, detached: true });
    try {
      return await use(await addressOf(server, address));
    } finally {
      // The server may have started others.
      if (server.pid !== undefined) process.kill(-server.pid, "SIGKILL");
    }
  }
}

function addressOf(server: ChildProcess, address: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const heard = (chunk: Buffer) => {
      text += chunk.toString();
      const found = address.exec(text);
      if (found !== null) resolve(found[0]);
    };
    server.stdout?.on("data", heard);
    server.stderr?.on("data", heard);
    server.on("error", reject);
    server.on("exit", (code) => reject(new Error(`ended with ${code}: ${text.slice(0, 3000)}`)));
    setTimeout(() => reject(new Error(`no address in: ${text.slice(0, 3000)}`)), 120_000).unref();
  });
}
