using System.Globalization;

namespace EdgeGateway.Commands;

/// <summary>A moment on the command line: with its offset and in one order only, for 05/06 is May to some and June to others.</summary>
internal static class InputTime
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    /// <exception cref="UsageException">It is none; the message names the option and the two forms.</exception>
    public static DateTimeOffset Parse(string option, string text) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new UsageException($"{option} '{text}' is no time; write 2026-06-01T06:00:00Z or 2026-06-01T06:00:00+07:00.");
}
