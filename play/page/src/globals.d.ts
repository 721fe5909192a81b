// What scripts find beside them: operations on numbers in the page of a file, Pyodide in a worker.
declare const FORWARD: Record<string, (...operands: any[]) => any>;
declare function importScripts(...addresses: string[]): void;
declare function loadPyodide(options: object): Promise<any>;
