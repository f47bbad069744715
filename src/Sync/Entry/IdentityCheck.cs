using System.Globalization;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Identity;

namespace EdgeGateway.Sync.Entry;

/// <summary>What is decided of a shown card or code. Holds nothing that names a person.</summary>
/// <param name="DecidedBy">gateway, or verifier where an official service answered.</param>
/// <param name="Identity">Keyed hash; null when no number could be read.</param>
/// <param name="AgeGroup">E.g. 25-39.</param>
/// <param name="Province">Three digits of the place of birth registration; null unless asked for.</param>
public sealed record IdentityVerdict(AccessDecision Decision, string Reason, string DecidedBy, string? Identity = null, string? AgeGroup = null, string? Province = null);

/// <summary>How cards are judged.</summary>
public sealed record IdentityCheckOptions
{
    /// <summary>What a card that agrees with itself and has not expired is worth. It is not signed: anybody can print one.</summary>
    public AccessDecision ValidCard { get; init; } = AccessDecision.Allow;

    /// <summary>Tell the three digits of the place.</summary>
    public bool Province { get; init; }

    /// <summary>The gate stays open when a service fails.</summary>
    public bool FailsOpen { get; init; }

    /// <summary>For "today".</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
}

/// <summary>Judges the text of a QR code in memory: citizen cards by domain rules, anything opaque at the verification service.</summary>
/// <param name="key">Hashes numbers.</param>
/// <param name="verifier">Null where none is configured: an operator is asked.</param>
public sealed class IdentityCheck(IdentityKey key, ITokenVerifier? verifier)
{
    /// <inheritdoc cref="IdentityKey.Expire"/>
    public void Expire(DateTimeOffset now) => key.Expire(now);

    /// <summary>Judges one text. What it holds is forgotten when this returns.</summary>
    /// <param name="text">As decoded.</param>
    /// <param name="gate">For the service's own log.</param>
    /// <param name="options">How cards are judged here.</param>
    /// <param name="now">When it was shown.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<IdentityVerdict> JudgeAsync(string text, string gate, IdentityCheckOptions options, DateTimeOffset now, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(options);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, options.Zone).DateTime);
        try
        {
            switch (CardQr.Read(text, today))
            {
                case CitizenCard card when card.IsExpired(today):
                    return Known(AccessDecision.Ask, "card_expired", "gateway", card.Number, card.BirthDate);
                case CitizenCard card:
                    return Known(options.ValidCard, card.IsForeignBorn ? "card_valid_foreign_born" : "card_valid", "gateway", card.Number, card.BirthDate);
                case ImpossibleCard wrong:
                    return new IdentityVerdict(AccessDecision.Deny, $"card_impossible_{JsonNamingPolicy.SnakeCaseLower.ConvertName(wrong.Fault.ToString())}", "gateway");
                case OpaqueToken token when token.Text.Length == 0 || IdentityMask.IsNumberAlone(token.Text):
                    // A bare number is no code of a service, and must not travel to one.
                    return new IdentityVerdict(AccessDecision.Deny, "card_impossible_fields_missing", "gateway");
                case OpaqueToken token when verifier is null || !token.MayBeOfService || IdentityMask.HoldsNumber(token.Text):
                    return new IdentityVerdict(AccessDecision.Ask, "token_not_verified", "gateway");
                case OpaqueToken token:
                    return Of(await verifier.VerifyAsync(token, gate, cancel), token);
                default:
                    return new IdentityVerdict(AccessDecision.Deny, "card_impossible", "gateway");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new IdentityVerdict(options.FailsOpen ? AccessDecision.Allow : AccessDecision.Ask, "identity_key_failed", "gateway");
        }

        IdentityVerdict Of(TokenAnswer answer, OpaqueToken token) => answer.Status switch
        {
            TokenStatus.Valid => Known(AccessDecision.Allow, "token_valid", "verifier", answer.Number, answer.BirthDate),
            TokenStatus.Expired => new IdentityVerdict(AccessDecision.Ask, "token_expired", "verifier"),
            TokenStatus.Refused => new IdentityVerdict(AccessDecision.Deny, "token_refused", "verifier"),
            // The address of a shop's page opens no gate because the service is away.
            _ => new IdentityVerdict(options.FailsOpen && !token.IsAddress ? AccessDecision.Allow : AccessDecision.Ask, "verifier_unreachable", "gateway"),
        };

        IdentityVerdict Known(AccessDecision decision, string reason, string by, CitizenNumber? number, DateOnly? birth) => new(
            decision, reason, by,
            number is { } known ? key.Of(known, now) : null,
            birth is { } day ? IdentityHash.AgeGroup(day, today) : null,
            options.Province && number is { } placed ? placed.Place.ToString("000", CultureInfo.InvariantCulture) : null);
    }
}
