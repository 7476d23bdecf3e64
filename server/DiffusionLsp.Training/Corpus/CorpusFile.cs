namespace DiffusionLsp.Training.Corpus;

/// <summary>One source file that passed every filter.</summary>
/// <param name="Package">The package it belongs to.</param>
/// <param name="Path">Its path inside the package, with <c>/</c> between the parts.</param>
/// <param name="Text">Its text, with LF at the line ends and no byte-order mark.</param>
/// <param name="IsHeldOut">Whether it is for evaluation and must never be trained on.</param>
internal sealed record CorpusFile(CorpusPackage Package, string Path, string Text, bool IsHeldOut);
