// Runs ONNX models through ONNX Runtime for the training scripts.
//   run MODEL N,C,H,W IN OUT       IN holds N*C*H*W float32; output i of every picture is appended to OUT.i
//   bench THREADS RUNS MODEL=C,H,W ...   median and least milliseconds of each model, run in turn
// One JSON object goes to standard output.
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

if (args.Length < 4)
{
    Console.Error.WriteLine("usage: run MODEL N,C,H,W IN OUT | bench THREADS RUNS MODEL=C,H,W ...");
    return 2;
}
return args[0] == "bench" ? Bench(int.Parse(args[1]), int.Parse(args[2]), args[3..]) : Run(args[1], Sizes(args[2]), args[3], args[4]);

static long[] Sizes(string text) => [.. text.Split(',').Select(long.Parse)];

static InferenceSession Open(string model, int threads)
{
    var options = new SessionOptions
    {
        IntraOpNumThreads = threads,
        InterOpNumThreads = 1,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
    };
    options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
    return new InferenceSession(model, options);
}

static int Run(string model, long[] shape, string input, string output)
{
    using var session = Open(model, 1);
    using var options = new RunOptions();
    string[] inputs = [session.InputMetadata.Keys.First()];
    string[] outputs = [.. session.OutputMetadata.Keys];
    var values = new float[shape[1] * shape[2] * shape[3]];
    using var value = OrtValue.CreateTensorValueFromMemory(values, [1, shape[1], shape[2], shape[3]]);
    using var source = File.OpenRead(input);
    var sinks = outputs.Select((_, i) => File.Create($"{output}.{i}")).ToArray();
    var shapes = new long[outputs.Length][];
    for (long n = 0; n < shape[0]; n++)
    {
        source.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        using var results = session.Run(options, inputs, [value], outputs);
        for (var i = 0; i < outputs.Length; i++)
        {
            sinks[i].Write(MemoryMarshal.AsBytes(results[i].GetTensorDataAsSpan<float>()));
            shapes[i] = results[i].GetTensorTypeAndShape().Shape;
        }
    }
    foreach (var sink in sinks) sink.Dispose();
    Console.WriteLine(JsonSerializer.Serialize(new { outputs, shapes }));
    return 0;
}

static int Bench(int threads, int runs, string[] wanted)
{
    var parts = wanted.Select(text => text.Split('=')).Select(pair => (Name: pair[0], Shape: Sizes(pair[1]))).ToArray();
    var sessions = parts.Select(part => Open(part.Name, threads)).ToArray();
    var values = parts.Select(part => OrtValue.CreateTensorValueFromMemory(
        Enumerable.Range(0, (int)part.Shape.Aggregate(1L, (a, b) => a * b)).Select(i => i % 255 / 255f).ToArray(),
        [1, .. part.Shape])).ToArray();
    var times = parts.Select(_ => new List<double>()).ToArray();
    using var options = new RunOptions();
    for (var turn = -5; turn < runs; turn++)
    {
        for (var i = 0; i < parts.Length; i++)
        {
            var started = Stopwatch.GetTimestamp();
            using (sessions[i].Run(options, [sessions[i].InputMetadata.Keys.First()], [values[i]], [.. sessions[i].OutputMetadata.Keys]))
            {
                if (turn >= 0) times[i].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }
    }
    Console.WriteLine(JsonSerializer.Serialize(parts.Select((part, i) => new
    {
        model = Path.GetFileName(part.Name),
        shape = part.Shape,
        threads,
        median_ms = Math.Round(times[i].Order().ElementAt(runs / 2), 3),
        least_ms = Math.Round(times[i].Min(), 3),
    })));
    return 0;
}
