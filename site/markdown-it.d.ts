/** Of markdown-it, which has no types of its own, what guides.ts uses. */
declare module "markdown-it" {
  export interface Token {
    type: string;
    tag: string;
    content: string;
    info: string;
    attrs: [name: string, value: string][] | null;
    children: Token[] | null;
    attrGet(name: string): string | null;
    attrSet(name: string, value: string): void;
  }
  /** What a rendering takes along. */
  export interface Env {
    readonly language: "en" | "zh";
  }
  export interface Renderer {
    readonly rules: Record<string, (tokens: Token[], index: number, options: object, env: Env) => string>;
    render(tokens: Token[], options: object, env: Env): string;
  }
  export default class MarkdownIt {
    constructor(options: { html: boolean });
    readonly options: object;
    readonly renderer: Renderer;
    readonly utils: { escapeHtml(text: string): string };
    parse(text: string, env: Env): Token[];
  }
}
