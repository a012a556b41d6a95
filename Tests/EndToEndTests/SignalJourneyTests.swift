import Domain
import JSON
import TestSupport
import Testing
import WireContract

/// One signal travels from the engine's stream to every squad, as `docs/architecture.md` tells it.
@Suite(.serialized)
struct SignalJourneyTests {
    @Test("a signal appears as a card in every squad, once, and its outcome changes the same card")
    func journey() async throws {
        try await RunningSuite.with { suite in
            let engine = try await Engine.connect(suite)
            let viper = try await suite.person("viper-1", in: "alpha")
            let kilo = try await suite.person("kilo-9", in: "bravo")
            try await engine.add("signals", ["event": Engine.signal("ELITE_SNIPER_EURUSD_1")])
            try await engine.add("signals", ["event": Engine.signal("ELITE_SNIPER_EURUSD_1")])
            try await engine.add("signals", ["event": Engine.signal("ELITE_SNIPER_GBPUSD_2", symbol: "GBPUSD")])
            var cards: [String] = []
            for person in [viper, kilo] {
                let card = try await person.seesCard("ELITE_SNIPER_EURUSD_1")
                #expect(card["event"]?.string == "new_message")
                #expect(card["data"]?["metadata"]?["type"]?.string == "trading_signal")
                #expect(card["data"]?["callsign"]?.string == "HQ")
                #expect(card["data"]?["content"]?.string?.contains("TCS Score: 87.4%") == true)
                _ = try await person.seesCard("ELITE_SNIPER_GBPUSD_2")  // the repeat of the first is no second card
                cards.append(try #require(card["data"]?["message_id"]?.string))
            }
            try await engine.add(
                "outcomes", ["event": #"{"signal_id":"ELITE_SNIPER_EURUSD_1","outcome":"WIN","pips_result":41.0}"#])
            for (person, card) in zip([viper, kilo], cards) {
                let update = try await person.hears("signal_updated")
                #expect(update["data"]?["message_id"]?.string == card)
                #expect(update["data"]?["metadata"]?["outcome"]?["outcome"]?.string == "WIN")
            }
        }
    }

    @Test("a burst of 1000 signals is in every room, once each, in order")
    func burst() async throws {
        try await RunningSuite.with { suite in
            let engine = try await Engine.connect(suite)
            let reader = SimulatedClient(suite, user: "viper-1")
            await reader.start()
            await eventually { await reader.hasJoined }
            for number in 0..<1000 { try await engine.add("signals", ["event": Engine.signal("BURST_\(number)")]) }
            await eventually(within: .seconds(60)) { await reader.messages.count >= 1000 }
            let contents = await reader.messages.map(\.messageID)
            #expect(Set(contents).count == 1000)
            #expect(await reader.gaps == [])
            #expect(await reader.messages.compactMap(\.signalID) == (0..<1000).map { "BURST_\($0)" }, "in order")
            await reader.stop()
        }
    }

    @Test("integration killed -9 between two squads: its next life tells the second, and the first is told once")
    func killedBetweenSquads() async throws {
        try await RunningSuite.with { suite in
            let engine = try await Engine.connect(suite)
            let viper = try await suite.person("viper-1", in: "alpha")
            let kilo = try await suite.person("kilo-9", in: "bravo")
            let blocked = RedisNames.commands(PartitionMap.partition(of: "squad_bravo", of: 16))
            try #require(blocked != RedisNames.commands(PartitionMap.partition(of: "squad_alpha", of: 16)))
            // Bravo's commands cannot be added: integration stands between the two until it is killed there.
            try suite.redis.command("RENAME", blocked, "test:aside")
            try suite.redis.command("SET", blocked, "not a stream")
            try await engine.add("signals", ["event": Engine.signal("BETWEEN_1")])
            _ = try await viper.seesCard("BETWEEN_1")
            #expect(try suite.redis.command("XPENDING", "signals", "squad_chat").hasPrefix("*4\r\n:1\r\n"))
            suite.integrations[0].kill()
            try suite.redis.command("DEL", blocked)
            try suite.redis.command("RENAME", "test:aside", blocked)
            try suite.integrations[0].start()
            _ = try await kilo.seesCard("BETWEEN_1", within: .seconds(30))
            // What follows it in either room is the next signal, not the first again.
            try await engine.add("signals", ["event": Engine.signal("BETWEEN_2")])
            for person in [viper, kilo] { _ = try await person.seesCard("BETWEEN_2") }
            await eventually {
                try suite.redis.command("XPENDING", "signals", "squad_chat").hasPrefix("*4\r\n:0\r\n")
            }
        }
    }

    @Test("poison entries disturb nobody: each becomes a dead letter, and the next signal arrives")
    func poison() async throws {
        let entries = [
            #"{"signal_id":"BAD","symbol":"EURUSD","direction":"BUY","entry_price":"soon"}"#,
            #"{"signal_id":"BAD","symbol":"EURUSD","direction":"SIDEWAYS","entry_price":1.1}"#, "not json", "[]", "",
        ]
        try await RunningSuite.with { suite in
            let engine = try await Engine.connect(suite)
            let viper = try await suite.person("viper-1", in: "alpha")
            for (number, entry) in entries.enumerated() {
                try await engine.add("signals", ["event": entry])
                try await engine.add("signals", ["event": Engine.signal("GOOD_\(number)")])
                _ = try await viper.seesCard("GOOD_\(number)")
            }
        }
    }
}
