import Redis
import TestSupport
import Testing

struct RedisClusterTests {
    @Test("two masters share the slots; a script works at its owner, and nowhere else, and not over two slots")
    func scripts() async throws {
        let cluster = try await RedisCluster.start()
        #expect(try cluster.slot(of: "foo") == 12182)  // the example of the cluster specification
        #expect(try cluster.slot(of: "{foo}.bar") == 12182)
        let source = """
            #!lua
            redis.call('INCR', KEYS[1])
            return redis.call('SPUBLISH', KEYS[2], 'x')
            """
        let script = RedisScript(name: "publish", source: source)
        var owners: Set<String> = []
        for partition in 0..<16 {
            let keys = ["sc:{p\(partition)}:n", "sc:{p\(partition)}:live:room"]
            let owner = try cluster.master(of: keys[0])
            owners.insert(owner.url)
            #expect(try await owner.connect().evaluate(script, keys: keys) == .integer(0))

            let other = try #require(cluster.masters.first { $0.url != owner.url })
            let connection = try await other.connect()
            let moved = await failure { () throws(RedisError) in try await connection.evaluate(script, keys: keys) }
            #expect(moved?.serverError?.kind == .moved)
        }
        #expect(owners.count == 2)

        let connection = try await cluster.master(of: "sc:{p0}:n").connect()
        let crossed = await failure { () throws(RedisError) in
            try await connection.evaluate(script, keys: ["sc:{p0}:n", "sc:{p1}:live:room"])
        }
        #expect(crossed?.serverError?.kind == .crossSlot)
    }

    @Test("a subscription whose slot is taken away is told as lost, and as restored when it is served again")
    func unaskedUnsubscribe() async throws {
        let cluster = try await RedisCluster.start()
        let channel = RedisSubscriber.Channel.sharded("sc:{p3}:live:room")
        let owner = try cluster.master(of: channel.name)
        let slot = try cluster.slot(of: channel.name)
        let events = SubscriberEvents()
        let subscriber = RedisSubscriber(
            try owner.configuration(), logger: logger, eventLoop: loop, delegate: events)
        try await running(subscriber) {
            try await subscriber.subscribe(channel).get()
            try owner.command("CLUSTER", "DELSLOTS", "\(slot)")
            await eventually { events.all.last == "lost \(channel.name)" }
            try owner.command("CLUSTER", "ADDSLOTS", "\(slot)")
            await eventually { events.all.last == "restored \(channel.name)" }
            await eventually { try owner.command("SPUBLISH", channel.name, "again") == ":1\r\n" }
            await eventually { events.all.last == "\(channel.name)= again" }
            #expect(events.all.filter { $0.hasPrefix("connected") }.count == 1)
        }
    }
}
