using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EdgeGateway.Configuration;

namespace EdgeGateway.Commands;

/// <summary>What the parser would let pass on every command line: options taken for files, and numbers with a comma.</summary>
internal static class StrictWords
{
    /// <summary>A word that begins with '-' is a file only after <c>--</c>.</summary>
    /// <exception cref="UsageException">An argument looks like an option.</exception>
    public static void RefuseUnknownOptions(ParseResult parsed)
    {
        var before = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value).ToHashSet(StringComparer.Ordinal);
        string[] known = [.. parsed.CommandResult.Command.Options.Where(option => !option.Hidden).Select(option => option.Name)];
        foreach (var token in parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens))
        {
            if (token.Value.Length < 2 || token.Value[0] != '-' || !before.Contains(token.Value)) continue;
            throw new UsageException($"There is no option '{token.Value}'; {NearestWord.Hint(token.Value, known)}\nA file of that name is given after '--'.");
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

    private static double Number(ArgumentResult result, string option)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)) return value;
        result.AddError($"{option} '{text}' is no number; write 29.97, with a point.");
        return 0;
    }
}
