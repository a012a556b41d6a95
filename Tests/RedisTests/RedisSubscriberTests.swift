import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import Redis

struct RedisSubscriberTests {
    private func subscriber(
        _ server: RedisServer, _ events: SubscriberEvents, pingInterval: TimeAmount = .seconds(1)
    ) throws -> RedisSubscriber {
        RedisSubscriber(
            try server.configuration { $0.connectTimeout = .milliseconds(500) }, logger: logger, eventLoop: loop,
            delegate: events, pingInterval: pingInterval)
    }

    @Test("plain and shard channels are received in order, from the confirmation on, until they are given up")
    func receives() async throws {
        let server = try await RedisServer.start()
        let publisher = try await server.connect()
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events)
        try await running(subscriber) {
            try await subscriber.subscribe(.plain("a")).get()
            try await subscriber.subscribe(.sharded("a")).get()
            try await subscriber.subscribe(.sharded("a")).get()  // confirmed already
            await eventually { events.all.first?.hasPrefix("connected first") == true }
            events.clear()

            var commands: [RedisCommand] = []
            for number in 0..<1_000 {
                commands.append(RedisCommand("PUBLISH", "a", RedisArgument(number)))
                commands.append(RedisCommand("SPUBLISH", "a", RedisArgument(number)))
            }
            for result in try await publisher.pipeline(commands) { #expect(try result.get() == .integer(1)) }
            await eventually { events.all.count == 2_000 }
            #expect(events.all == (0..<1_000).flatMap { ["a: \($0)", "a= \($0)"] })
            #expect(events.readCount > 0)

            subscriber.unsubscribe(.plain("a"))
            await eventually { try await publisher.send(RedisCommand("PUBLISH", "a", "late")) == .integer(0) }
            #expect(try await publisher.send(RedisCommand("SPUBLISH", "a", "still")) == .integer(1))
            await eventually { events.all.last == "a= still" }
        }
    }

    @Test("given up and asked for again at once, a channel counts as confirmed only by its own confirmation")
    func flapping() async throws {
        let server = try await RedisServer.start()
        let publisher = try await server.connect()
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events)
        try await running(subscriber) {
            try await subscriber.subscribe(.plain("warm")).get()
            for round in 0..<50 {
                // In one turn of the loop, so that no confirmation can come in between.
                let (first, second) = try await loop.submit {
                    let first = subscriber.subscribe(.sharded("a"))
                    subscriber.unsubscribe(.sharded("a"))
                    return (first, subscriber.subscribe(.sharded("a")))
                }.get()
                await #expect(throws: RedisError.self) { try await first.get() }
                try await second.get()
                #expect(try await publisher.send(RedisCommand("SPUBLISH", "a", RedisArgument(round))) == .integer(1))
                await eventually { events.all.last == "a= \(round)" }
                subscriber.unsubscribe(.sharded("a"))
            }
        }
    }

    @Test("after kills all subscriptions are there again before the delegate is told to heal")
    func restored() async throws {
        let server = try await RedisServer.start()
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events)
        try await running(subscriber) {
            let rooms = (0..<200).map { RedisSubscriber.Channel.sharded("room\($0)") }
            for room in rooms { try await subscriber.subscribe(room).get() }
            try await subscriber.subscribe(.plain("replies")).get()
            var runIDs: Set<String> = []
            for round in 1...3 {
                try await server.restart()
                await eventually { events.all.filter { $0.hasPrefix("connected again") }.count == round }
                let last = try #require(events.all.last { $0.hasPrefix("connected") })
                runIDs.insert(last)
                // Told only now: every channel must have its receiver at this very moment.
                let publisher = try await server.connect()
                #expect(last.hasSuffix(publisher.runID))
                let results = try await publisher.pipeline(
                    rooms.map { RedisCommand("SPUBLISH", RedisArgument($0.name), RedisArgument(round)) }
                        + [RedisCommand("PUBLISH", "replies", RedisArgument(round))])
                for result in results { #expect(try result.get() == .integer(1)) }
                await eventually { events.all.last == "replies: \(round)" }
            }
            #expect(runIDs.count == 3)
            #expect(events.all.filter { $0 == "disconnected" }.count == 3)
        }
    }

    @Test("what is asked for and given up while the server is away is what the next connection has")
    func changedWhileAway() async throws {
        let server = try await RedisServer.start()
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events)
        try await running(subscriber) {
            try await subscriber.subscribe(.plain("old")).get()
            server.kill()
            await eventually { events.all.last == "disconnected" }
            subscriber.unsubscribe(.plain("old"))
            let new = subscriber.subscribe(.plain("new"))
            try await server.launch()
            try await new.get()
            #expect(try server.command("PUBSUB", "CHANNELS").hasPrefix("*1\r\n$3\r\nnew"))
        }
    }

    @Test("a paused server is noticed by two silent PINGs, and the connection replaced after the pause")
    func paused() async throws {
        let server = try await RedisServer.start()
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events, pingInterval: .milliseconds(200))
        try await running(subscriber) {
            try await subscriber.subscribe(.sharded("a")).get()
            await eventually { !events.all.isEmpty }
            server.pause()
            await eventually { events.all.last == "disconnected" }
            server.resume()
            await eventually { events.all.last?.hasPrefix("connected again") == true }
            #expect(try server.command("SPUBLISH", "a", "back") == ":1\r\n")
            await eventually { events.all.last == "a= back" }
        }
    }

    @Test("PINGs keep a quiet connection alive, with and without subscriptions")
    func quiet() async throws {
        let server = try await RedisServer.start()
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events, pingInterval: .milliseconds(250))
        func pings() throws -> Int {
            let statistics = try server.command("INFO", "commandstats")
            guard let range = statistics.range(of: "cmdstat_ping:calls=") else { return 0 }
            return Int(statistics[range.upperBound...].prefix { $0.isNumber }) ?? 0
        }
        try await running(subscriber) {
            await eventually { try pings() > 4 }
            try await subscriber.subscribe(.sharded("a")).get()
            let before = try pings()
            await eventually { try pings() > before + 3 }
            #expect(events.all.count == 1)
        }
    }

    @Test("a refused channel fails its caller and nobody else")
    func refused() async throws {
        let server = try await RedisServer.start()
        try server.command("ACL", "SETUSER", "default", "resetchannels", "&allowed*")
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events)
        try await running(subscriber) {
            try await subscriber.subscribe(.sharded("allowed1")).get()
            await #expect(throws: RedisError.self) { try await subscriber.subscribe(.sharded("secret")).get() }
            try await subscriber.subscribe(.plain("allowed2")).get()
            #expect(!events.all.contains("disconnected"))
        }
    }

    @Test("whoever waits for a confirmation when the subscriber ends, or asks later, is told")
    func stops() async throws {
        let configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(freePort())")
        let subscriber = RedisSubscriber(
            configuration, logger: logger, eventLoop: loop, delegate: SubscriberEvents())
        let early = subscriber.subscribe(.sharded("a"))
        try await running(subscriber) {}
        await #expect(throws: RedisError.notConnected) { try await early.get() }
        await #expect(throws: RedisError.notConnected) { try await subscriber.subscribe(.plain("b")).get() }

        // One that never ran must not leave its callers waiting either.
        var unused: RedisSubscriber? = RedisSubscriber(
            configuration, logger: logger, eventLoop: loop, delegate: SubscriberEvents())
        let waiting = try #require(unused?.subscribe(.sharded("a")))
        unused = nil
        await #expect(throws: RedisError.notConnected) { try await waiting.get() }
    }

    @Test("an emptied server keeps its subscriptions")
    func emptied() async throws {
        let server = try await RedisServer.start()
        let events = SubscriberEvents()
        let subscriber = try self.subscriber(server, events)
        try await running(subscriber) {
            try await subscriber.subscribe(.sharded("a")).get()
            try server.flushAll()
            #expect(try server.command("SPUBLISH", "a", "x") == ":1\r\n")
            await eventually { events.all.last == "a= x" }
        }
    }
}
