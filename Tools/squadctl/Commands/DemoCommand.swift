import ArgumentParser
import Glibc
import JSON
import Redis
import ServiceRuntime
import WireContract

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Something to look at.", subcommands: [DemoEngineCommand.self])
}

struct DemoEngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Plays the trading engine: adds signals to the stream `signals`, and how they end to `outcomes`.",
        discussion: """
            Prices walk at random, about a hundred times as fast as a real market, until a signal's target (WIN) or stop
            (LOSS) is reached or four minutes are over (TIMEOUT). Signals that an earlier run left open are taken up.
            Runs until SIGTERM or Ctrl-C.

              squadctl demo engine                      one signal about every 12 seconds
              squadctl demo engine --interval 2         faster
              squadctl demo engine --count 5            five signals, then ends once they have ended
              squadctl demo engine --burst 1000         1000 at once, then ends
            """)

    @Option(help: ArgumentHelp("Seconds from one signal to the next, on average.", valueName: "seconds"))
    var interval = 12.0

    @Option(help: ArgumentHelp("Ends after so many signals, when all have ended; 0: goes on.", valueName: "n"))
    var count = 0

    @Option(help: ArgumentHelp("Adds so many signals at once and ends.", valueName: "n"))
    var burst = 0

    @OptionGroup var session: SessionOptions

    func validate() throws {
        guard (0.05...3_600).contains(self.interval) else {
            throw ValidationError("--interval is 0.05 to 3600 seconds")
        }
        guard (0...1_000_000).contains(self.count), (0...1_000_000).contains(self.burst) else {
            throw ValidationError("--count and --burst are 0 to 1000000")
        }
    }

    func run() async throws {
        // Nothing is held that would have to be given back.
        signal(SIGTERM) { _ in _exit(0) }
        signal(SIGINT) { _ in _exit(0) }
        try await self.session.withRedis { redis in
            if self.burst > 0 { try await self.burst(redis) } else { try await self.play(redis) }
        }
    }

    private static var now: Int { Int(WallClock.milliseconds()) }

    /// As the engine's bridge writes: it keeps about the newest 1000.
    private static func entry(_ stream: String, _ json: [UInt8], keeping length: Int = 1_000) -> RedisCommand {
        RedisCommand.xadd(stream, maximumLength: length, fields: [("event", RedisArgument(json))])
    }

    private func burst(_ redis: RedisClient) async throws {
        var market = DemoMarket(random: SystemRandomNumberGenerator())
        let commands = (0..<self.burst).map { _ in
            Self.entry(RedisNames.signals, market.signal(at: Self.now), keeping: max(1_000, self.burst))
        }
        for case .failure(let error) in try await redis.pipeline(commands) { throw Failure("\(error)") }
        Output.note("added \(self.burst) signals")
    }

    private func play(_ redis: RedisClient) async throws {
        var market = DemoMarket(random: SystemRandomNumberGenerator())
        for signal in (try? await Self.leftOpen(redis)) ?? [] { market.adopt(signal) }
        if !market.open.isEmpty { Output.note("took up \(market.open.count) open signals") }
        var added = 0
        var nextSignal = ContinuousClock.now
        let tick = min(1.0, self.interval / 2)
        while self.count == 0 || added < self.count || !market.open.isEmpty {
            var commands: [RedisCommand] = []
            for ending in market.move(seconds: tick, now: Self.now) {
                Output.note("\(ending.outcome) \(ending.signal.signalID) \(ending.pips) pips")
                commands.append(
                    Self.entry(RedisNames.outcomes, DemoMarket.outcome(ending, at: Self.now), keeping: 10_000))
            }
            if ContinuousClock.now >= nextSignal, self.count == 0 || added < self.count {
                let json = market.signal(at: Self.now)
                Output.note("signal \(market.open.last?.signalID ?? "")")
                commands.append(Self.entry(RedisNames.signals, json))
                added += 1
                nextSignal = .now + .seconds(self.interval * Double.random(in: 0.6...1.4))
            }
            if !commands.isEmpty {
                do {
                    for case .failure(let error) in try await redis.pipeline(commands) { throw error }
                } catch {
                    // A real engine loses what it cannot publish, too.
                    Output.note("not published: \(error)")
                }
            }
            try await Task.sleep(for: .seconds(tick))
        }
    }

    /// Our signals of the last hour that have no outcome yet.
    private static func leftOpen(_ redis: RedisClient) async throws(RedisError) -> [DemoMarket.OpenSignal] {
        var ended: Set<String> = []
        for entry in try await redis.xrevrange(RedisNames.outcomes, count: 2_000) {
            guard let event = entry["event"], let json = try? JSONValue(parsing: event.readableBytesView),
                let name = json["signal_id"]?.string, json["outcome"]?.string != "PENDING"
            else { continue }
            ended.insert(name)
        }
        let hourAgo = Self.now - 3_600_000
        return try await redis.xrevrange(RedisNames.signals, to: "\(hourAgo)", count: 500).compactMap { entry in
            guard let event = entry["event"] else { return nil }
            return DemoMarket.openSignal(event.readableBytesView, openedAt: Int(clamping: entry.id.milliseconds))
        }.filter { !ended.contains($0.signalID) }
    }
}
