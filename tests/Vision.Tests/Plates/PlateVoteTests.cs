using CsCheck;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Tests.Plates;

public sealed class PlateVoteTests
{
    [Fact]
    public void One_look_is_not_enough()
    {
        var vote = new PlateVote();
        vote.Add(Look("37A12345"), ObjectClass.Car, 1);
        Assert.Null(vote.Result(ObjectClass.Car));
        vote.Add(Look("37A12345"), ObjectClass.Car, 1);
        Assert.Equal("37A12345", vote.Result(ObjectClass.Car)!.Text);
    }

    [Fact]
    public void A_doubtful_character_stays_doubtful()
    {
        var vote = new PlateVote();
        for (var i = 0; i < 10; i++) vote.Add(Look("37A12345", (5, "38", 0.48f)), ObjectClass.Car, 1);
        var reading = vote.Result(ObjectClass.Car)!;
        Assert.Equal("37A12?45", reading.Text);
        Assert.Equal("37A-12?.45", reading.Display);
        Assert.Equal("37A12345 37A12845", string.Join(" ", reading.Alternatives.Select(a => a.Text).Order(StringComparer.Ordinal).Take(2)));
        Assert.InRange(reading.CharConfidences[5], 0.3f, 0.6f);
        Assert.True(reading.CharConfidences[0] > 0.9f);
        Assert.False(vote.IsSettled(ObjectClass.Car, 3, 0.5f));
    }

    [Fact]
    public void Looks_that_contradict_each_other_leave_the_character_open()
    {
        var vote = new PlateVote();
        for (var i = 0; i < 3; i++)
        {
            vote.Add(Look("37A12345"), ObjectClass.Car, 1);
            vote.Add(Look("37A12845"), ObjectClass.Car, 1);
        }

        Assert.Equal("37A12?45", vote.Result(ObjectClass.Car)!.Text);
    }

    [Fact]
    public void Looks_that_fail_at_different_places_make_a_whole_text()
    {
        var vote = new PlateVote();
        vote.Add(Look("37A12345", (0, "389", 0.3f)), ObjectClass.Car, 1);
        vote.Add(Look("37A12345", (4, "27", 0.45f)), ObjectClass.Car, 1);
        vote.Add(Look("37A12345", (7, "568", 0.3f)), ObjectClass.Car, 1);
        var reading = vote.Result(ObjectClass.Car)!;
        Assert.Equal("37A12345", reading.Text);
        Assert.Equal(PlateKind.Car, reading.Kind);
    }

    [Fact]
    public void A_character_that_only_one_look_gives_is_not_published()
    {
        var vote = new PlateVote();
        vote.Add(Look("37A12345"), ObjectClass.Car, 1);
        vote.Add(Look("37A12349"), ObjectClass.Car, 0.3f);
        Assert.Equal("37A1234?", vote.Result(ObjectClass.Car)!.Text);
    }

    [Fact]
    public void A_poor_far_look_does_not_outvote_near_ones()
    {
        var vote = new PlateVote();
        for (var i = 0; i < 3; i++) vote.Add(Look("37A12845"), ObjectClass.Car, 0.1f);
        for (var i = 0; i < 2; i++) vote.Add(Look("37A12345"), ObjectClass.Car, 1);
        Assert.Equal("37A12345", vote.Result(ObjectClass.Car)!.Text);
    }

    [Fact]
    public void Another_plate_under_the_same_track_does_not_mix_in()
    {
        var vote = new PlateVote();
        for (var i = 0; i < 4; i++) vote.Add(Look("37A12345"), ObjectClass.Car, 1);
        for (var i = 0; i < 3; i++) vote.Add(Look("29C27223"), ObjectClass.Car, 1);
        for (var i = 0; i < 2; i++) vote.Add(Look("29C2722"), ObjectClass.Car, 1);
        Assert.Equal("37A12345", vote.Result(ObjectClass.Car)!.Text);
    }

    [Fact]
    public void The_vote_comes_first_and_the_grammar_last()
    {
        // Each look alone reads a B in the number's place, unsure; together the 8 is the only legal one.
        var vote = new PlateVote();
        for (var i = 0; i < 3; i++) vote.Add(Look("37A12B45", (5, "B8", 0.49f)), ObjectClass.Car, 1);
        var reading = vote.Result(ObjectClass.Car)!;
        Assert.Equal("37A12845", reading.Text);
        Assert.Equal("37A12B45", reading.RawText);
    }

    [Fact]
    public void A_misfit_is_published_as_unknown_with_its_raw_text()
    {
        var vote = new PlateVote();
        for (var i = 0; i < 3; i++) vote.Add(Look("91ABC123"), ObjectClass.Truck, 1);
        var reading = vote.Result(ObjectClass.Truck)!;
        Assert.Equal((PlateKind.Unknown, "91ABC123", "91ABC123"), (reading.Kind, reading.Text, reading.RawText));
        Assert.Equal(3, vote.Misfits);
    }

    [Fact]
    public void Nothing_but_noise_is_no_plate()
    {
        var vote = new PlateVote();
        for (var i = 0; i < 5; i++) vote.Add(Look("37A12345", (0, "379", 0.3f), (1, "123", 0.3f), (2, "ABC", 0.3f), (3, "123", 0.3f), (4, "123", 0.3f), (5, "123", 0.3f)), ObjectClass.Car, 1);
        Assert.Null(vote.Result(ObjectClass.Car));
    }

    [Fact]
    public void A_look_at_something_unreadable_does_not_count()
    {
        var vote = new PlateVote();
        var unsure = Enumerable.Range(0, 8).Select(i => (i, "0123456789ABC", 0.07f)).ToArray();
        Assert.Equal(0, vote.Add(Look("37A12345", unsure), ObjectClass.Car, 1));
        Assert.Equal(0, vote.Reads);
    }

    [Fact]
    public void Cleared_it_serves_the_next_vehicle()
    {
        var vote = new PlateVote();
        for (var i = 0; i < 3; i++) vote.Add(Look("37A12345"), ObjectClass.Car, 1);
        vote.Clear();
        Assert.Null(vote.Result(ObjectClass.Car));
        for (var i = 0; i < 2; i++) vote.Add(Look("37A12349"), ObjectClass.Car, 1);
        Assert.Equal("37A12349", vote.Result(ObjectClass.Car)!.Text);
    }

    [Fact]
    public void The_order_of_looks_does_not_matter()
    {
        var looks = new[] { Look("37A12345"), Look("37A12845"), Look("37A12345", (0, "38", 0.4f)), Look("37A12349", (7, "95", 0.49f)) };
        Gen.Shuffle(new[] { 0, 1, 2, 3 }).Sample(order =>
        {
            var vote = new PlateVote();
            foreach (var i in order) vote.Add(looks[i], ObjectClass.Car, 1);
            return vote.Result(ObjectClass.Car)!.Text == "37A12345";
        });
    }

    [Fact]
    public void Voting_allocates_nothing()
    {
        var vote = new PlateVote();
        var look = Look("37A12345");
        vote.Add(look, ObjectClass.Car, 1);
        vote.IsSettled(ObjectClass.Car, 3, 0.9f);
        vote.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
        {
            vote.Add(look, ObjectClass.Car, 1);
            vote.IsSettled(ObjectClass.Car, 3, 0.9f);
        }

        vote.Clear();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // A look that reads each character with 0.95, but at the named places each of the given ones with the given probability.
    private static PlateRead Look(string text, params (int Place, string Characters, float Each)[] unsure)
    {
        var read = new PlateRead { TwoLines = 0.05f, HeightPx = 30, Sharpness = 0.2f };
        read.ColoursToFill[(int)PlateColour.White] = 1;
        var rows = read.ProbabilitiesToFill;
        for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
        {
            var row = rows.Slice(place * PlateSymbols.Count, PlateSymbols.Count);
            row.Fill(0.05f / (PlateSymbols.Count - 1));
            row[place < text.Length ? PlateSymbols.SymbolOf(text[place]) : PlateSymbols.Blank] = 0.95f;
        }

        foreach (var (place, characters, each) in unsure)
        {
            var row = rows.Slice(place * PlateSymbols.Count, PlateSymbols.Count);
            row.Fill((1 - each * characters.Length) / (PlateSymbols.Count - characters.Length));
            // The first named is a shade likelier, so that the raw text is certain.
            for (var i = 0; i < characters.Length; i++) row[PlateSymbols.SymbolOf(characters[i])] = each * (1 - 0.02f * i);
        }

        return read;
    }
}
