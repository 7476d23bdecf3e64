/**
 * What a folder lacks that a model's has, by the names of its files; empty where it lacks nothing. Whether the files are
 * sound is for the server to say, when it loads them.
 */
export function missingFiles(names: readonly string[]): string[] {
  const missing = ["config.json", "tokenizer.json"].filter((name) => !names.includes(name));
  return names.some((name) => name.endsWith(".safetensors")) ? missing : [...missing, "weights in safetensors"];
}
