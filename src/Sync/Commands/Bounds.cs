using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Commands;

/// <summary>An identifier of configuration: gateway, camera, gate, counter.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IdentifierAttribute() : RegularExpressionAttribute("^[a-z0-9-]{1,64}$");

/// <summary>The ULID of an event.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EventIdAttribute() : RegularExpressionAttribute("^[0-7][0-9A-HJKMNP-TV-Z]{25}$");

/// <summary>A name of a file within an event's evidence; it can lead nowhere else.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PartNameAttribute() : RegularExpressionAttribute(Pattern)
{
    public new const string Pattern = "^[a-z0-9][a-z0-9_-]{0,47}([.][a-z0-9]{1,8}){0,2}$";
}

/// <summary>The badge or account of a person at the operations centre, as the audit log keeps it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OfficerAttribute() : RegularExpressionAttribute("^[A-Za-z0-9._@-]{1,64}$");

/// <summary>Checks a request against the bounds written on its record: the same that stand in its schema.</summary>
internal static class Bounds
{
    /// <summary>The first mistake in words for the sender, as the end of a sentence, or null.</summary>
    public static TwoLanguages? FirstMistake(object request)
    {
        foreach (var property in request.GetType().GetProperties())
        {
            var value = property.GetValue(request);
            if (value is null) continue;
            foreach (var bound in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (Holds(bound, value)) continue;
                var (vi, en) = Words(bound);
                return new TwoLanguages($"'{Name(property)}' {vi}", $"'{Name(property)}' {en}");
            }
        }

        return null;
    }

    private static bool Holds(ValidationAttribute bound, object value) => (bound, value) switch
    {
        (RegularExpressionAttribute, IReadOnlyList<string> items) => items.All(item => item is { Length: > 0 } && bound.IsValid(item)),
        (RegularExpressionAttribute, string { Length: 0 }) => false, // the attribute lets the empty text through, in a list too
        _ => bound.IsValid(value),
    };

    private static (string Vi, string En) Words(ValidationAttribute bound) => bound switch
    {
        RegularExpressionAttribute text => ($"phải có dạng {text.Pattern}", $"must match {text.Pattern}"),
        StringLengthAttribute length => ($"chỉ được dài từ {length.MinimumLength} đến {length.MaximumLength} ký tự", $"may have {length.MinimumLength} to {length.MaximumLength} characters"),
        LengthAttribute length => ($"chỉ được có từ {length.MinimumLength} đến {length.MaximumLength} mục", $"may have {length.MinimumLength} to {length.MaximumLength} items"),
        RangeAttribute range => (string.Create(CultureInfo.InvariantCulture, $"phải nằm trong khoảng từ {range.Minimum} đến {range.Maximum}"), string.Create(CultureInfo.InvariantCulture, $"must be {range.Minimum} to {range.Maximum}")),
        _ => ("nằm ngoài giới hạn", "is out of bounds"),
    };

    private static string Name(PropertyInfo property) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
