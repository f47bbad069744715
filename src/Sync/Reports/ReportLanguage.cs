using System.Globalization;

namespace EdgeGateway.Sync.Reports;

/// <summary>The language of a report.</summary>
public enum ReportLanguage
{
    Vi,
    En,
}

/// <summary>How a language writes words, numbers and dates. Written out here, so that a report looks the same whatever the system's locale data.</summary>
public static class ReportLanguageWriting
{
    private static readonly string[] WeekdaysVi = ["CN", "T2", "T3", "T4", "T5", "T6", "T7"];
    private static readonly string[] WeekdaysEn = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    extension(ReportLanguage language)
    {
        /// <summary>One of two texts.</summary>
        public string Say(string vi, string en) => language == ReportLanguage.Vi ? vi : en;

        /// <summary>One of two texts.</summary>
        public string Say(Events.TwoLanguages text) => language == ReportLanguage.Vi ? text.Vi : text.En;

        /// <summary>A whole number with its thousands parted: 12.345 in Vietnamese, 12,345 in English.</summary>
        public string Number(double value) => Parted(((long)Math.Round(value)).ToString("N0", CultureInfo.InvariantCulture).Replace('-', '−'), language);

        /// <summary>A share of one as percent with one decimal, 95,5 % and 95.5 %, rounded down: what was not watched is not watched. All and nothing have no decimal.</summary>
        public string Percent(double share)
        {
            var percent = Math.Floor((share * 1000) + 1e-9) / 10;
            return Parted(percent.ToString(percent is 0 or 100 ? "0" : "0.0", CultureInfo.InvariantCulture), language) + "\u00A0%";
        }

        /// <summary>A part of a whole as percent with one decimal, rounded to the nearest, so that parts add up to about the whole. All and nothing have no decimal.</summary>
        public string Share(double share) => Parted((share * 100).ToString(share is 0 or 1 ? "0" : "0.0", CultureInfo.InvariantCulture), language) + "\u00A0%";

        /// <summary>A change in percent with its sign.</summary>
        public string Change(double percent) => Parted(percent.ToString("+0.0;−0.0;0", CultureInfo.InvariantCulture), language) + "\u00A0%";

        /// <summary>A plain number with at most three decimals.</summary>
        public string Decimal(double value) => Parted(value.ToString("0.###", CultureInfo.InvariantCulture), language);

        public string Date(DateOnly date) => date.ToString(language == ReportLanguage.Vi ? "dd'/'MM'/'yyyy" : "yyyy-MM-dd", CultureInfo.InvariantCulture);

        public string ShortDate(DateOnly date) => date.ToString(language == ReportLanguage.Vi ? "dd'/'MM" : "MM-dd", CultureInfo.InvariantCulture);

        public string Month(int year, int month) => language == ReportLanguage.Vi ? $"{month:00}/{year}" : $"{year}-{month:00}";

        public string Weekday(DayOfWeek day) => (language == ReportLanguage.Vi ? WeekdaysVi : WeekdaysEn)[(int)day];

        /// <summary>A local moment, to the minute.</summary>
        public string Moment(DateTimeOffset at, TimeZoneInfo zone)
        {
            var local = TimeZoneInfo.ConvertTime(at, zone);
            return $"{local.ToString("HH':'mm", CultureInfo.InvariantCulture)} {language.Date(DateOnly.FromDateTime(local.DateTime))}";
        }
    }

    private static string Parted(string invariant, ReportLanguage language) =>
        language == ReportLanguage.En ? invariant : string.Create(invariant.Length, invariant, static (text, from) =>
        {
            for (var i = 0; i < from.Length; i++) text[i] = from[i] switch { ',' => '.', '.' => ',', var other => other };
        });
}
