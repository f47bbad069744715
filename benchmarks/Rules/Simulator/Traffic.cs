using EdgeGateway.Vision;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>The light's plan: red, green, yellow in turn.</summary>
internal sealed record LightPlan(double Red, double Green, double Yellow, double Shift)
{
    public char At(double t)
    {
        var phase = (t + Shift) % (Red + Green + Yellow);
        return phase < Red ? 'R' : phase < Red + Green ? 'G' : 'Y';
    }

    /// <summary>How long the state of an instant has held.</summary>
    public double Since(double t)
    {
        var phase = (t + Shift) % (Red + Green + Yellow);
        return phase < Red ? phase : phase < Red + Green ? phase - Red : phase - Red - Green;
    }
}

/// <summary>
/// Who drives in one scene: ordinary traffic, and a few who do something special, allowed or not. Ways are polylines in metres; nobody here
/// knows what a rule would say.
/// </summary>
internal static class Traffic
{
    private static readonly string[] Specials =
    [
        "red", "red", "red", "red", "stop_beyond", "stop_beyond", "stop_beyond", "wrong_way", "wrong_way", "u_turn", "right_turn", "pavement", "pavement", "house", "bay", "bay",
        "change", "change", "car_in_lane", "moto_in_lane", "speed", "speed", "speed", "speed", "short_stop", "reverse", "turn_back", "push", "late_change",
    ];

    public static List<Agent> Make(Random random, LightPlan light, double seconds, bool parking)
    {
        var agents = new List<Agent>();
        Flow(agents, random, light, seconds);
        var count = random.Next(2, 5);
        // Nobody comes up behind a parked vehicle and waits there for ever: what drives along the kerb belongs to other scenes.
        string[] specials = parking ? ["pavement", "bay", "moto_in_lane", "push"] : Specials;
        for (var i = 0; i < count; i++) Special(agents, random, light, specials[random.Next(specials.Length)], 2 + random.NextDouble() * Math.Max(5, seconds - 30));
        if (parking) Special(agents, random, light, "park", 1 + 8 * random.NextDouble());
        return agents;
    }

    private static double Between(Random random, double a, double b) => a + (b - a) * random.NextDouble();

    private static ObjectClass Vehicle(Random random) => random.NextDouble() switch { < 0.8 => ObjectClass.Car, < 0.93 => ObjectClass.Truck, _ => ObjectClass.Bus };

    private static PointM[] Straight(double x, double from, double to) => [new(x, from), new(x, to)];

    private static void Flow(List<Agent> agents, Random random, LightPlan light, double seconds)
    {
        // Nobody begins within the first vehicle's length; the first ones are already on their way.
        for (var t = -6.0; t < seconds; t += Between(random, 3, 11)) Add(agents, random, Vehicle(random), t, Straight(Between(random, 1.6, 2.1), 2, 70), Between(random, 7, 11.5), stops: 0.8);
        for (var t = -6.0; t < seconds; t += Between(random, 1.5, 6)) Add(agents, random, ObjectClass.Motorcycle, t, Straight(Between(random, 4.0, 4.6), 2, 70), Between(random, 6, 10.5), stops: Between(random, 0.6, 2));
        for (var t = -6.0; t < seconds; t += Between(random, 4, 14)) Add(agents, random, random.NextDouble() < 0.5 ? Vehicle(random) : ObjectClass.Motorcycle, t, Straight(Between(random, -4.5, -2.5), 70, 2), Between(random, 7, 12), stops: null);
        for (var t = 0.0; t < seconds; t += Between(random, 4, 12))
        {
            var right = random.NextDouble() < 0.5;
            var y = right ? Between(random, 33.5, 34.5) : Between(random, 39, 40);
            agents.Add(new Agent(agents.Count, random.NextDouble() < 0.5 ? ObjectClass.Car : ObjectClass.Motorcycle, t, right ? [new(-24, y), new(24, y)] : [new(24, y), new(-24, y)])
            {
                Wish = Between(random, 6, 10), Speed = 7, MayEnter = now => light.At(now) == 'R' && light.Since(now) > 1 && light.Red - light.Since(now) > 7,
            });
        }

        for (var t = 0.0; t < seconds; t += Between(random, 8, 25))
        {
            // People walk along the pavement, over the zebra, and along the bay.
            PointM[] way = random.Next(3) switch
            {
                0 => Straight(Between(random, 8, 10), 10, 30),
                1 => [new(11, 30), new(-11, 30)],
                _ => Straight(-9, 32, 11),
            };
            agents.Add(new Agent(agents.Count, ObjectClass.Person, t, way) { Wish = Between(random, 0.9, 1.6), Speed = 1.2 });
        }
    }

    private static void Add(List<Agent> agents, Random random, ObjectClass kind, double begins, PointM[] way, double wish, double? stops, (double At, double Seconds)? halt = null, double? speed = null)
    {
        var probe = new Agent(0, kind, 0, way);
        agents.Add(new Agent(agents.Count, kind, begins, way)
        {
            Wish = wish, Speed = speed ?? Math.Min(wish, 8), StopsAt = stops is { } before ? probe.AlongAtY(Junction.StopLineY) - before : null, Halt = halt,
            IsDoubled = kind == ObjectClass.Motorcycle && random.NextDouble() < 0.1,
        });
    }

    private static void Special(List<Agent> agents, Random random, LightPlan light, string what, double begins)
    {
        var isCar = random.NextDouble() < 0.35;
        var kind = isCar ? ObjectClass.Car : ObjectClass.Motorcycle;
        var x = isCar ? Between(random, 1.6, 2.1) : Between(random, 5.2, 6.3);
        switch (what)
        {
            case "red":
                Add(agents, random, kind, NextRed(light, begins) - Between(random, -4, 3), Straight(x, 2, 70), Between(random, 5, 9), stops: null);
                break;
            case "stop_beyond":
                var probe = new Agent(0, kind, 0, Straight(x, 2, 70));
                Add(agents, random, kind, NextRed(light, begins) + Between(random, -1, 2), Straight(x, 2, 70), Between(random, 5, 8), stops: -(probe.Length + Between(random, 1.5, 4.5)));
                break;
            case "wrong_way":
                Add(agents, random, ObjectClass.Motorcycle, begins, Straight(Between(random, 5.6, 6.5), 46, 2), Between(random, 4, 8), stops: null);
                break;
            case "u_turn":
                Add(agents, random, kind, begins, [new(x, 2), new(x, 30), new(x - 1, 33), new(x - 3, 34.5), new(-1, 34.5), new(-3, 33), new(-3.6, 30), new(-3.6, 2)], Between(random, 5, 7), stops: 0.8);
                break;
            case "right_turn":
                Add(agents, random, kind, begins, [new(Math.Max(x, 3), 2), new(Math.Max(x, 3), 29.5), new(Math.Max(x, 3) + 1, 32), new(Math.Max(x, 3) + 3, 33.3), new(24, 33.5)], Between(random, 5, 7), stops: 0.8);
                break;
            case "pavement":
                var along = Between(random, 8, 9.6);
                Add(agents, random, ObjectClass.Motorcycle, begins, random.NextDouble() < 0.5 ? Straight(along, 8, 31) : Straight(along, 31, 8), Between(random, 3, 6), stops: null);
                break;
            case "house":
                var gate = Between(random, 16, 23);
                Add(agents, random, ObjectClass.Motorcycle, begins, [new(5.4, 2), new(5.4, gate - 3), new(6.8, gate - 0.8), new(9, gate), new(14, gate)], Between(random, 3, 5), stops: null);
                break;
            case "bay":
                Add(agents, random, random.NextDouble() < 0.5 ? ObjectClass.Motorcycle : Vehicle(random), begins, Straight(Between(random, -9.3, -8.7), 32, 5), Between(random, 4, 8), stops: null);
                break;
            case "change":
                var y = Between(random, 14, 17);
                Add(agents, random, kind, begins, isCar ? [new(2, 2), new(2, y), new(5, y + 8), new(5, 70)] : [new(5, 2), new(5, y), new(2, y + 7), new(2, 70)], Between(random, 6, 9), stops: 0.8);
                break;
            case "late_change":
                Add(agents, random, kind, begins, [new(isCar ? 2 : 5, 2), new(isCar ? 2 : 5, 29), new(3.5, 40), new(3.5, 70)], Between(random, 6, 9), stops: 0.8);
                break;
            case "car_in_lane":
                Add(agents, random, Vehicle(random), begins, Straight(Between(random, 5.0, 5.4), 2, 70), Between(random, 6, 9), stops: 0.8);
                break;
            case "moto_in_lane":
                Add(agents, random, ObjectClass.Motorcycle, begins, Straight(Between(random, 1.4, 2.4), 2, 70), Between(random, 6, 9), stops: 0.8);
                break;
            case "speed":
                var fast = Between(random, 14, 26);
                Add(agents, random, kind, NextGreen(light, begins) + Between(random, 5, 14), Straight(isCar ? 1.8 : 5.6, 2, 70), fast, stops: 0.8, speed: fast);
                break;
            case "short_stop":
                Add(agents, random, kind, begins, isCar ? Straight(5.8, 2, 70) : Straight(6.3, 2, 70), 7, stops: 0.8, halt: (Between(random, 14, 21), Between(random, 4, 12)));
                break;
            case "park":
                Add(agents, random, kind, begins, isCar ? Straight(5.9, 2, 70) : Straight(6.3, 2, 70), 7, stops: 0.8, halt: (Between(random, 14, 21), random.NextDouble() < 0.5 ? 1000 : Between(random, 90, 125)));
                break;
            case "reverse":
                // Backs a little way into a gap at the kerb, slowly.
                var back = Between(random, 2, 3);
                Add(agents, random, ObjectClass.Car, begins, [new(5.8, 20 + back), new(5.8, 20)], 0.9, stops: null);
                break;
            case "turn_back":
                // Comes up to the line, thinks better of it, goes back along the kerb on foot speed.
                Add(agents, random, ObjectClass.Motorcycle, begins, [new(6.2, 2), new(6.2, 27.4), new(6.6, 27.6), new(6.7, 26.6), new(6.7, 25)], 2.5, stops: null);
                break;
            case "push":
                // A motorcycle pushed over the pavement into a house.
                var door = Between(random, 16, 22);
                Add(agents, random, ObjectClass.Motorcycle, begins, [new(6.5, door), new(13, door + 0.8)], 0.9, stops: null);
                break;
        }
    }

    private static double NextRed(LightPlan light, double t)
    {
        for (var i = 0; i < 2000; i++, t += 0.1)
        {
            if (light.At(t) == 'R' && light.Since(t) is > 2 and < 8) return t;
        }

        return t;
    }

    private static double NextGreen(LightPlan light, double t)
    {
        for (var i = 0; i < 2000; i++, t += 0.1)
        {
            if (light.At(t) == 'G' && light.Since(t) < 1) return t;
        }

        return t;
    }
}
