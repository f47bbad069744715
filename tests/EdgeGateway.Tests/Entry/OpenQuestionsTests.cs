using EdgeGateway.Entry;

namespace EdgeGateway.Tests.Entry;

public sealed class OpenQuestionsTests
{
    private static readonly DateTimeOffset T = new(2026, 6, 1, 7, 0, 0, TimeSpan.Zero);
    private readonly OpenQuestions _questions = new();

    [Fact]
    public void An_opening_without_a_name_answers_the_vehicle_that_has_waited_longest()
    {
        Ask("e1", "cam/1");
        Ask("e2", "cam/2");
        Ask("e3", "cam/1"); // its plate has settled meanwhile: it keeps its place
        Assert.Equal("e3", At());
        Assert.Equal("e2", At("e2"));
        _questions.Answered("cong", "cam/1");
        Assert.Equal("e2", At());
        Assert.Null(At("e3"));
    }

    [Fact]
    public void The_first_picture_of_a_vehicle_may_be_answered_when_more_is_known_of_it()
    {
        Ask("e1", "cam/1");
        Ask("e2", "cam/1");
        Assert.Equal("e2", At("e1"));
    }

    [Fact]
    public void An_answer_to_one_card_leaves_the_next_ones_question()
    {
        Ask("e1", who: null);
        var first = _questions.At("cong", T, null)!;
        Ask("e2", who: null);
        Assert.Null(At("e1")); // another person's
        _questions.Answered("cong", first);
        Assert.Equal("e2", At());
    }

    [Fact]
    public void A_question_ends_with_its_time()
    {
        _questions.Ask("cong", new OpenQuestion("e1", null, null, null, null) { StandsUntil = T });
        Assert.Null(At());
        Assert.Null(_questions.At("another", T, null));
    }

    private void Ask(string eventId, string? who) => _questions.Ask("cong", new OpenQuestion(eventId, who, null, null, null));

    private string? At(string? eventId = null) => _questions.At("cong", T, eventId)?.EventId;
}
