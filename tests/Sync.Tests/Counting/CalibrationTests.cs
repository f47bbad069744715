using EdgeGateway.Sync.Counting;

namespace EdgeGateway.Sync.Tests.Counting;

public sealed class CalibrationTests
{
    private static readonly DateTimeOffset Ten = new(2026, 7, 4, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_tracker_that_misses_a_fifth_gets_a_factor_of_five_quarters_with_its_interval()
    {
        var truth = Enumerable.Range(0, 400).Select(i => TimeSpan.FromSeconds(i * 2.0)).ToList();
        var observed = truth.Where((_, i) => i % 5 != 0).Select(at => at + TimeSpan.FromSeconds(0.2)).ToList();
        var figures = Calibration.Compare(truth, observed, TimeSpan.FromSeconds(1));
        Assert.Equal(((double?)1.25, 320, 80, 0, "block_bootstrap"), (figures.Factor, figures.Matched, figures.Missed, figures.False, figures.Basis));
        Assert.True(figures is { Low: > 1.2 and < 1.25, High: > 1.25 and < 1.3, IsLikeNone: false }, figures.ToString());
    }

    [Fact]
    public void The_interval_holds_the_true_factor_in_about_95_of_100_films()
    {
        var random = new Random(5);
        var held = 0;
        for (var film = 0; film < 100; film++)
        {
            var truth = Enumerable.Range(0, 300).Select(_ => TimeSpan.FromSeconds(random.NextDouble() * 900)).ToList();
            var observed = truth.Where(_ => random.NextDouble() < 0.8).ToList();
            var figures = Calibration.Compare(truth, observed, TimeSpan.FromSeconds(1));
            if (figures.Low <= 1.25 && figures.High >= 1.25) held++;
        }

        Assert.InRange(held, 88, 100);
    }

    [Fact]
    public void Few_crossings_give_a_wide_interval_and_none_gives_no_factor()
    {
        TimeSpan[] three = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(20)];
        var few = Calibration.Compare(three, three[..2], TimeSpan.FromSeconds(1));
        Assert.Equal(((double?)1.5, "poisson", true), (few.Factor, few.Basis, few.IsLikeNone));
        Assert.Contains("saw nobody", Calibration.Compare(three, [], TimeSpan.FromSeconds(1)).Trouble, StringComparison.Ordinal);
        Assert.Null(Calibration.Compare([], three, TimeSpan.FromSeconds(1)).Factor);
        // A count of another film is no count of this one.
        Assert.Contains("is the count by hand of this film", Calibration.Compare([.. Enumerable.Range(0, 200).Select(i => TimeSpan.FromSeconds(1000 + i))], three, TimeSpan.FromSeconds(1)).Trouble, StringComparison.Ordinal);
        // Fifty of fifty do not prove that none is ever missed.
        var many = Enumerable.Range(0, 50).Select(i => TimeSpan.FromSeconds(i * 20.0)).ToList();
        var perfect = Calibration.Compare(many, many, TimeSpan.FromSeconds(1));
        Assert.Equal(((double?)1.0, (double?)0.94, (double?)1.06), (perfect.Factor, perfect.Low, perfect.High));
    }

    [Fact]
    public void The_table_of_a_count_by_hand_names_its_mistakes_by_line()
    {
        Assert.Equal(
            [new FilmCrossing(TimeSpan.FromSeconds(12.5), "gate", true, "person"), new FilmCrossing(TimeSpan.FromSeconds(3), "gate", false, "person")],
            CalibrationTruth.Read(new StringReader("\uFEFFt_s,line,direction,class\r\n12.5,gate,in,person\r\n\r\n3, gate, out, person\r\n"), "truth.csv"));
        var fault = Assert.Throws<InvalidDataException>(() => CalibrationTruth.Read(new StringReader("t_s,line,direction,class\n1,gate,up,person\nx,gate,in,person\n1,gate,in\n-1,gate,in,person\n"), "truth.csv"));
        Assert.Equal(4, fault.Message.Split('\n').Length);
        Assert.Contains("truth.csv:2: direction 'up'", fault.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => CalibrationTruth.Read(new StringReader("time;line\n"), "truth.csv"));
    }

    [Fact]
    public void A_table_that_a_spreadsheet_set_to_Vietnamese_saved_reads_the_same()
    {
        var plain = CalibrationTruth.Read(new StringReader("t_s,line,direction,class\n12.5,gate,in,person\n13,gate,out,person\n"), "a.csv");
        Assert.Equal(plain, CalibrationTruth.Read(new StringReader("\uFEFFt_s;line;direction;class\r\n12,5;gate;in;person\r\n13;gate;out;person\r\n;;;\r\n"), "b.csv"));
        Assert.Contains("b.csv:2", Assert.Throws<InvalidDataException>(() => CalibrationTruth.Read(new StringReader("t_s;line;direction;class\n12,gate,in,person\n"), "b.csv")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_calibrated_counter_publishes_the_corrected_number_with_the_raw_one_beside_it_and_the_same_in_each_revision()
    {
        var setup = new CounterSetup("cong/visitors", "visitors", "gate", ["person", "car"], TimeSpan.FromMinutes(1))
        {
            Calibration = new CounterCalibration([new Correction("person", true, 1.25, 1.1, 1.4)]),
        };
        var counter = new IntervalCounter(setup, new InMemoryCountStateStore());
        List<CountInterval> finished = [];
        for (var minute = 0; minute < 400; minute++)
        {
            counter.Cross("gate", "person", true, Ten.AddMinutes(minute).AddSeconds(1));
            counter.Cross("gate", "person", false, Ten.AddMinutes(minute).AddSeconds(2));
            counter.Advance(Ten.AddMinutes(minute + 1).AddSeconds(5), finished);
        }

        var people = finished.Where(one => one.Class == "person").ToList();
        Assert.All(people, one => Assert.Equal(("calibrated", (int?)1, (int?)1, 1), (one.Method, one.RawIn, one.RawOut, one.Out)));
        Assert.All(finished.Where(one => one.Class == "car"), one => Assert.Equal(("tracks", (int?)null), (one.Method, one.RawIn)));
        Assert.InRange(people.Sum(one => one.In), 470, 530); // 400 × 1.25, although no minute can hold a quarter of a person
        Assert.Equal(people[7].In, setup.Calibration.Correct(people[7] with { In = people[7].RawIn!.Value, Revision = 9 })!.In);
    }

    [Fact]
    public void An_interval_that_was_told_is_told_again_by_its_own_factor_and_the_running_one_goes_on_by_the_new_one()
    {
        var store = new InMemoryCountStateStore();
        List<CountInterval> finished = [];
        IntervalCounter Start(double? factor)
        {
            finished.Clear();
            return new(
                new CounterSetup("cong/visitors", "visitors", "gate", ["person"], TimeSpan.FromMinutes(1)) { Calibration = factor is { } known ? new CounterCalibration([new Correction("person", true, known, known, known)]) : null }, store);
        }

        var raw = Start(null);
        for (var i = 0; i < 4; i++) raw.Cross("gate", "person", true, Ten.AddSeconds(10 + i));
        raw.Advance(Ten.AddSeconds(64), finished); // told, and the box is killed
        var calibrated = Start(2);
        for (var i = 0; i < 5; i++) calibrated.Cross("gate", "person", true, Ten.AddSeconds(70 + i));
        calibrated.Stop(Ten.AddSeconds(90), finished);
        Assert.Equal([(Ten, 4, "tracks", 2), (Ten.AddMinutes(1), 10, "calibrated", 1)], finished.Select(one => (one.From, one.In, one.Method, one.Revision)));

        // The running interval was told in part alone: a newer factor takes it whole.
        var anew = Start(3);
        anew.Advance(Ten.AddSeconds(124), finished);
        anew.Cross("gate", "person", true, Ten.AddSeconds(20)); // late, for the first one
        anew.Advance(Ten.AddSeconds(125), finished);
        Assert.Equal([(Ten, 5, "tracks"), (Ten.AddMinutes(1), 15, "calibrated")], finished.GroupBy(one => one.From, (_, told) => told.Last()).OrderBy(one => one.From).Select(one => (one.From, one.In, one.Method)));
    }

    [Fact]
    public void A_state_that_was_kept_before_corrections_were_kept_with_it_goes_on()
    {
        var store = new InMemoryCountStateStore();
        store.Save("cong/visitors@60s", "[{\"From\":\"2026-07-04T03:00:00+00:00\",\"Revision\":1,\"Changed\":false,\"In\":{\"person\":4},\"Out\":{},\"Watched\":[0,60]}]");
        List<CountInterval> finished = [];
        new IntervalCounter(new CounterSetup("cong/visitors", "visitors", "gate", ["person"], TimeSpan.FromMinutes(1)), store).Advance(Ten.AddSeconds(64), finished);
        Assert.Equal((4, 2, "tracks"), finished.Where(one => one.From == Ten).Select(one => (one.In, one.Revision, one.Method)).Single());
    }

    [Fact]
    public void The_book_keeps_one_calibration_a_counter_class_and_direction_and_a_damaged_one_is_not_passed_over()
    {
        var folder = TestEvents.Folder();
        StoredCalibration Of(double factor, string direction) => new("cong", "visitors", "gate", "person", direction, factor, 1.05, 2, 10, 8, 8, "poisson", Ten, "ab");
        CalibrationBook.Open(folder).Keep([Of(1.1, "in"), Of(1.3, "out")]);
        CalibrationBook.Open(folder).Keep([Of(1.2, "in")]);
        var book = CalibrationBook.Open(folder);
        Assert.Equal([("out", 1.3), ("in", 1.2)], book.Entries.Select(one => (one.Direction, one.Factor)));
        Assert.NotNull(book.For("cong", "visitors", "gate"));
        Assert.Null(book.For("cong", "other", "gate"));
        File.WriteAllText(Path.Combine(folder, CalibrationBook.FileName), "[{\"factor\":0}]");
        Assert.Throws<InvalidDataException>(() => CalibrationBook.Open(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_factor_stays_behind_with_its_line_and_one_without_a_line_holds_for_all()
    {
        var folder = TestEvents.Folder();
        var file = Path.Combine(folder, CalibrationBook.FileName);
        CalibrationBook.Open(folder).Keep([new("cong", "visitors", "gate", "person", "in", 1.2, 1.1, 1.3, 200, 167, 160, "block_bootstrap", Ten, "ab")]);
        Assert.NotNull(CalibrationBook.Open(folder).For("cong", "visitors", "gate"));
        Assert.Null(CalibrationBook.Open(folder).For("cong", "visitors", "cong-moi")); // the counter watches another line now
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"line\": \"gate\",", "", StringComparison.Ordinal));
        Assert.NotNull(CalibrationBook.Open(folder).For("cong", "visitors", "cong-moi"));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("gate")]
    [InlineData("")]
    public void A_factor_that_stands_in_the_book_twice_is_told_by_its_counter(string line)
    {
        var folder = TestEvents.Folder();
        var file = Path.Combine(folder, CalibrationBook.FileName);
        CalibrationBook.Open(folder).Keep([new("cong", "visitors", "gate", "person", "in", 1.2, 1.1, 1.3, 200, 167, 160, "block_bootstrap", Ten, "ab")]);
        var entry = File.ReadAllText(file).Trim('[', ']', '\n');
        File.WriteAllText(file, $"[{entry},{entry.Replace("\"gate\"", $"\"{line}\"", StringComparison.Ordinal)}]");
        var fault = Assert.Throws<InvalidDataException>(() => CalibrationBook.Open(folder));
        Assert.Contains("two factors for cong/visitors, person in", fault.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_factor_that_cannot_be_told_from_none_is_not_kept_and_the_old_one_stays()
    {
        var folder = TestEvents.Folder();
        StoredCalibration Of(double factor, double low, double high, string direction) => new("cong", "visitors", "gate", "person", direction, factor, low, high, 8, 7, 7, "poisson", Ten, "ab");
        void Keep(params StoredCalibration[] fresh) => CalibrationBook.Open(folder).Keep(CalibrationBook.Worth(fresh, new HashSet<string>()));
        Keep(Of(1.14, 0.41, 3.15, "in"));
        Assert.False(File.Exists(Path.Combine(folder, CalibrationBook.FileName)));
        Keep(Of(1.2, 1.1, 1.3, "in"));
        Keep(Of(1.14, 0.41, 3.15, "in"), Of(0.9, 0.85, 0.95, "out"));
        Assert.Equal([("in", 1.2), ("out", 0.9)], CalibrationBook.Open(folder).Entries.Select(one => (one.Direction, one.Factor)));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Of_a_gate_that_adds_to_the_people_present_both_directions_are_corrected_or_neither()
    {
        StoredCalibration Of(double factor, double low, double high, string direction, string word = "person") => new("cong", "visitors", "gate", word, direction, factor, low, high, 200, 150, 150, "block_bootstrap", Ten, "ab");
        var (sure, unsure) = (Of(1.53, 1.3, 1.8, "in"), Of(1.02, 0.95, 1.1, "out"));
        HashSet<string> present = ["visitors"];
        Assert.Equal([sure, unsure], CalibrationBook.Worth([sure, unsure], present));
        Assert.Empty(CalibrationBook.Worth([sure], present)); // nobody who goes out was counted: 1.53 in and 1 out would fill the place by itself
        Assert.Empty(CalibrationBook.Worth([Of(1.1, 0.9, 1.3, "in"), unsure], present));
        Assert.Equal([sure, unsure], CalibrationBook.Worth([sure, Of(1.4, 1.2, 1.6, "in", "bicycle"), unsure], present)); // class by class
        Assert.Equal([sure], CalibrationBook.Worth([sure, unsure], new HashSet<string>()));
    }

    [Fact]
    public void A_book_that_is_open_takes_up_what_is_kept_later_and_a_damaged_file_leaves_what_held()
    {
        var folder = TestEvents.Folder();
        var open = CalibrationBook.Open(folder);
        Assert.Same(open, open.Fresh());
        CalibrationBook.Open(folder).Keep([new("cong", "visitors", "gate", "person", "in", 1.2, 1.1, 1.3, 200, 167, 160, "block_bootstrap", Ten, "ab")]);
        open = open.Fresh();
        Assert.NotNull(open.For("cong", "visitors", "gate"));
        Assert.Same(open, open.Fresh());
        var file = Path.Combine(folder, CalibrationBook.FileName);
        File.WriteAllText(file, "[{\"factor\":0}]");
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(1));
        Assert.NotNull(open.Fresh().For("cong", "visitors", "gate"));
        Directory.Delete(folder, recursive: true);
    }
}
