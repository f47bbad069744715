using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using EdgeGateway.Configuration;

namespace EdgeGateway.Commands;

/// <summary>What the parser would let pass on every command line: options taken for files, and numbers with a comma.</summary>
internal static partial class StrictWords
{
    /// <summary>A word that begins with '-' is a file only after <c>--</c>.</summary>
    /// <exception cref="UsageException">An argument looks like an option.</exception>
    public static void RefuseUnknownOptions(ParseResult parsed)
    {
        var before = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value).ToHashSet(StringComparer.Ordinal);
        var known = OptionsOf(parsed);
        foreach (var token in parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens))
        {
            if (token.Value.Length < 2 || token.Value[0] != '-' || !before.Contains(token.Value)) continue;
            throw new UsageException($"There is no option '{token.Value}'; {NearestWord.Hint(token.Value, known)}\nA file of that name is given after '--'.");
        }
    }

    /// <summary>
    /// What is wrong with a command line that cannot be parsed, a sentence each. An unknown word is told with the nearest one that would do; what stands
    /// behind it is most likely its value, and is left alone.
    /// </summary>
    public static IEnumerable<string> Mistakes(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string[] unknown = [.. parsed.UnmatchedTokens];
        var isWordTold = false;
        for (var i = 0; i < unknown.Length; i++)
        {
            // A value behind '=' may be anything, a secret too.
            var word = unknown[i].Split('=')[0];
            if (word is ['-', _, ..]) yield return $"There is no option '{word}'; {NearestWord.Hint(word, OptionsOf(parsed))}";
            else if (i == 0 && command.Subcommands.Count > 0) yield return $"There is no command '{Spoken(parsed, unknown[i])}'; {NearestWord.Hint(unknown[i], [.. command.Subcommands.Where(inner => !inner.Hidden).Select(inner => inner.Name)])}";
            else if (i == 0) yield return $"'{unknown[i]}' is one word too many.";
            isWordTold = true;
        }

        foreach (var mistake in parsed.Errors)
        {
            // The parser says the same of each word, and of the command that was meant by a wrong one.
            if (isWordTold && mistake.SymbolResult is CommandResult && (command.Subcommands.Count > 0 || unknown.Any(word => mistake.Message.Contains($"'{word}'", StringComparison.Ordinal)))) continue;
            yield return mistake.Message;
        }
    }

    /// <summary>Numbers are written with a point in every language; a comma is never a mark of thousands.</summary>
    public static void ReadNumbersStrictly(Command command)
    {
        foreach (var option in command.Options)
        {
            if (option is Option<double> number) number.CustomParser = result => Number(result, option.Name);
            else if (option is Option<float?> score) score.CustomParser = result => (float)Number(result, option.Name);
        }

        foreach (var inner in command.Subcommands) ReadNumbersStrictly(inner);
    }

    /// <summary>The parser's line about a value of the wrong kind without the names of types: "--cases 'x' is no whole number."</summary>
    public static string Plain(string line) => WrongKind().Match(line) is not { Success: true } match ? line : $"{match.Groups["name"].Value} '{match.Groups["word"].Value}' is no {match.Groups["type"].Value switch
    {
        "System.Int32" or "System.Int64" => "whole number",
        "System.Double" or "System.Single" => "number; write 29.97, with a point",
        "System.IO.FileInfo" => "file",
        "System.IO.DirectoryInfo" => "folder",
        "System.DateTimeOffset" => "time; write 2026-07-06T16:00:00+07:00",
        "System.Boolean" => "true or false",
        _ => "value that is taken here",
    }}.";

    private static string[] OptionsOf(ParseResult parsed) => [.. parsed.CommandResult.Command.Options.Where(option => !option.Hidden).Select(option => option.Name)];

    // "models lst", not "lst", where the word belongs to a command of commands.
    private static string Spoken(ParseResult parsed, string word) => parsed.CommandResult.Parent is null ? word : $"{parsed.CommandResult.Command.Name} {word}";

    [GeneratedRegex("^Cannot parse argument '(?<word>.*)' for (option|command|argument) '(?<name>[^']+)' as expected type '(System[.]Nullable`1\\[)?(?<type>[^'\\]]+)\\]?'", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WrongKind();

    private static double Number(ArgumentResult result, string option)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)) return value;
        result.AddError($"{option} '{text}' is no number; write 29.97, with a point.");
        return 0;
    }
}
