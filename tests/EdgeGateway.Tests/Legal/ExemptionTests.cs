using EdgeGateway.Configuration;
using EdgeGateway.Violations;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Tests.Legal;

public sealed class ExemptionTests
{
    private static readonly WrongWayRule Rule = new() { Id = "nguoc-chieu", Rule = "wrong_way", Zone = "lan", Allowed = new PairConfig(0, -1), Exempt = ["37A-123.45", "29LD-012.34"] };

    [Theory]
    [InlineData("37A12345", true)] // an ambulance that the officer has listed, however it is written
    [InlineData("29LD01234", true)]
    [InlineData("37A12346", false)]
    [InlineData("37A1234?", false)] // perhaps the ambulance, perhaps not: an officer looks
    public void A_listed_plate_is_exempt_and_a_doubtful_one_is_not(string read, bool isExempt) => Assert.Equal(isExempt, ViolationDesk.IsExempt(Rule, Reading(read)));

    [Fact]
    public void Without_a_plate_or_a_list_nobody_is_exempt()
    {
        Assert.False(ViolationDesk.IsExempt(Rule, null));
        Assert.False(ViolationDesk.IsExempt(Rule with { Exempt = [] }, Reading("37A12345")));
    }

    private static PlateReading Reading(string text) => new(text, text, text, PlateKind.Car, null, false, PlateColour.White, 1, 0.99f, [], []);
}
