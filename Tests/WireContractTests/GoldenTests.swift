import Domain
import JSON
import TestSupport
import Testing

@testable import WireContract

/// The golden files are the contract; our own encoders must agree with them byte for byte.
struct GoldenTests {
    func frame(_ name: String) throws -> JSONValue { try JSONValue(parsing: Fixture.bytes("v1/\(name).json")) }

    @Test("a message is encoded as the golden push says")
    func message() throws {
        let frame = try self.frame("server/new_message")
        let data = try #require(frame["data"])
        let payload = MessagePayload(
            userID: "ghost-2", username: "Ghost-2", callsign: "Ghost-2", squadID: "alpha", roomID: "squad_alpha",
            content: "@Viper-1 copy the BE move on yours?", messageType: "text", timestamp: "2026-11-22T10:07:03.123Z",
            rank: "CORPORAL", role: "corporal", clientID: "c-41")
        let head = MessagePayload.head(
            sequence: 41, messageID: "squad_alpha.0f3a9c1b2d4e.41".utf8, epoch: "0f3a9c1b2d4e")
        #expect(
            String(decoding: head + payload.encodedTail, as: UTF8.self) == String(decoding: data.bytes, as: UTF8.self))
    }

    @Test(
        "a push's envelope names event, room, epoch and seq",
        arguments: [
            "room_history", "new_message", "new_message_signal", "signal_updated", "reaction_added", "reaction_removed",
        ])
    func envelope(name: String) throws {
        let frame = try self.frame("server/\(name)")
        #expect(try frame.fields().map(\.name) == ["event", "room_id", "epoch", "seq", "data"])
    }

    @Test("what else chat and the gateways write is encoded as the golden files say")
    func payloads() throws {
        func golden(_ name: String, _ field: String = "data") throws -> String {
            String(decoding: try #require(try self.frame("server/\(name)")[field]).bytes, as: UTF8.self)
        }
        func text(_ bytes: [UInt8], seq: Int? = nil) -> String {
            (seq.map { "{\"seq\":\($0)," } ?? "") + String(decoding: bytes, as: UTF8.self)
        }
        let now = "2026-11-22T10:07:03.123Z"
        func member(_ role: String) -> [UInt8] {
            MemberPayload(
                userID: "nomad-7", username: "Nomad-7", callsign: "Nomad-7", rank: role.uppercased(), role: role
            ).encodedTail
        }
        #expect(try golden("member_added") == text(member("recruit"), seq: 43))
        #expect(try golden("member_updated") == text(member("corporal"), seq: 44))
        let removed = MemberRemovedPayload(
            userID: "nomad-7", username: "Nomad-7", reason: "not a member of the squad")
        #expect(try golden("member_removed") == text(removed.encodedTail, seq: 45))
        let created = RoomCreatedPayload(
            room: Room(commandOf: try SquadID("alpha")), timestamp: now)
        #expect(try golden("room_created") == text(created.encodedTail, seq: 1))
        let presence = PresencePayload(userID: "viper-1", username: "Viper-1", timestamp: now)
        #expect(try golden("user_joined") == text(presence.encoded))
        let typing = TypingPayload(userID: "ghost-2", username: "Ghost-2", roomID: "squad_alpha")
        #expect(try golden("user_typing") == text(typing.encoded))
        let refusal = Refusal(
            .rateLimited, "Too many messages (max 30 a minute)", limit: 30, retryAfter: 12)
        #expect(try golden("error_rate_limited", "error") == text(refusal.encoded))
    }

    @Test("what a user is told of, and what ends a user's sockets, is encoded and read as the golden files say")
    func personal() throws {
        let notification = NotificationPayload(
            kind: .mention, title: "Mentioned by Ghost-2", message: "Ghost-2: @Viper-1 copy the BE move on yours?",
            priority: .high, roomID: "squad_alpha", sourceUserID: "ghost-2",
            messageID: "squad_alpha.0f3a9c1b2d4e.41", isLate: false, signal: nil,
            createdAt: "2026-11-22T10:07:03.123Z")
        let own = PersonalNotice(id: "notif_af08690d7373d6d6f89e1b90d2d292c3b15bbb03", user: "viper-1")
        #expect(
            own.json(of: notification.encoded)
                == Array(try #require(try self.frame("server/notification")["data"]).bytes))
        #expect(NotificationPayload.wireType(of: .tradeSignal) == "system_alert")

        let revoked = Array(try self.frame("personal/session_revoked").bytes)
        #expect(SessionRevokedPayload(sessionID: "s-7").encoded == revoked)
        #expect(SessionRevokedPayload(decoding: revoked)?.sessionID == "s-7")
        let close = String(decoding: try self.frame("personal/close_socket").bytes, as: UTF8.self)
        let read = try #require(CloseSocketPayload(decoding: Array(close.utf8)))
        #expect(read.gateway == "gw-1-0" && read.socket == "k" && read.code == 4_408)
        #expect(read.reason == "replaced by a newer connection")
        #expect(CloseSocketPayload(decoding: Array(close.replacing("4408", with: "1000").utf8)) == nil)
    }

    @Test("what brings a client into a room, and its pages, are encoded as the golden files say")
    func rooms() throws {
        func ok(_ name: String) throws -> JSONValue { try #require(try self.frame("server/answer_\(name)")["ok"]) }
        let joined = try ok("join_squad_room")
        let join = JoinAnswer(
            roomID: "squad_alpha", name: Array("\"Squad alpha Command\"".utf8), squadID: "alpha",
            epoch: "0f3a9c1b2d4e", sequence: 42, permissions: [.read, .send, .react, .upload, .history, .report],
            members: Array(try #require(joined["members"]).bytes))
        #expect(join.encoded == Array(joined.bytes))
        let resume = ResumeAnswer(roomID: "squad_alpha", epoch: "0f3a9c1b2d4e", sequence: 42, isRecovered: true)
        #expect(resume.encoded == Array(try ok("resume").bytes))
        let fetched = try ok("fetch_history")
        let answer = HistoryAnswer(
            roomID: "squad_alpha", messages: Array(try #require(fetched["messages"]).bytes), hasMore: true)
        #expect(answer.encoded == Array(fetched.bytes))
        let pushed = try #require(try self.frame("server/room_history")["data"])
        let page = RoomHistoryPayload(
            roomID: "squad_alpha", epoch: "0f3a9c1b2d4e", sequence: 42,
            messages: Array(try #require(pushed["messages"]).bytes),
            hasMore: pushed["has_more"]?.boolean == true)
        #expect(page.encoded == Array(pushed.bytes))
    }

    @Test("what an answer says since 2026-11-28 stands behind what it said before, as the golden files say")
    func roomsCounted() throws {
        func ok(_ name: String) throws -> JSONValue { try #require(try self.frame("server/answer_\(name)")["ok"]) }
        let headcount = Headcount(members: 9_000, online: 700)
        let joined = try ok("join_squad_room_counts")
        let join = JoinAnswer(
            roomID: "squad_alpha", name: Array("\"Squad alpha Command\"".utf8), squadID: "alpha",
            epoch: "0f3a9c1b2d4e", sequence: 42, permissions: [.read, .send, .react, .upload, .history, .report],
            members: Array(try #require(joined["members"]).bytes), headcount: headcount)
        #expect(join.encoded == Array(joined.bytes))
        let resume = ResumeAnswer(
            roomID: "squad_alpha", epoch: "0f3a9c1b2d4e", sequence: 42, isRecovered: true, headcount: headcount)
        #expect(resume.encoded == Array(try ok("resume_counts").bytes))
        let fetched = try ok("fetch_history_own")
        let answer = HistoryAnswer(
            roomID: "squad_alpha", messages: Array(try #require(fetched["messages"]).bytes), hasMore: true,
            ownReactions: Array(#"{"squad_alpha.0f3a9c1b2d4e.40":["🎯"]}"#.utf8))
        #expect(answer.encoded == Array(fetched.bytes))
        let pushed = try #require(try self.frame("server/room_history_own")["data"])
        let page = RoomHistoryPayload(
            roomID: "squad_alpha", epoch: "0f3a9c1b2d4e", sequence: 42,
            messages: Array(try #require(pushed["messages"]).bytes), hasMore: false,
            ownReactions: Array(#"{"squad_alpha.0f3a9c1b2d4e.41":["🎯","👍"]}"#.utf8))
        #expect(page.encoded == Array(pushed.bytes))
    }

    @Test("what a gateway says of itself is encoded as the golden files say")
    func connection() throws {
        let now = "2026-11-22T10:07:03.123Z"
        let confirmed = ConnectionConfirmedPayload(userID: "viper-1", timestamp: now, serverVersion: "0.1.0")
        #expect(
            confirmed.encoded
                == Array(try #require(try self.frame("server/connection_confirmed")["data"]).bytes))
        #expect(
            PingAnswer(timestamp: now).encoded
                == Array(try #require(try self.frame("server/answer_ping")["ok"]).bytes))
    }

    @Test("what a room is, is read as it was written; what this release does not know is not guessed")
    func roomRecord() throws {
        func read(_ text: String) throws -> RoomRecord? { RoomRecord(try JSONValue(parsing: text.utf8)) }
        for squad in [try SquadID("alpha"), nil] {
            let record = RoomRecord(
                kind: .squad, squadID: squad, policy: .squad, limits: RoomLimits(messageCharacters: 140))
            #expect(RoomRecord(try JSONValue(parsing: record.encoded)) == record)
        }
        let known = #"{"kind":"squad","squad_id":"alpha","policy":"squad","limits":{"message_characters":140},"new":1}"#
        #expect(try read(known) != nil)
        for (from, to) in [
            (#""kind":"squad""#, #""kind":"sealed""#), (#""policy":"squad""#, #""policy":"all""#), ("140", "0"),
            (#""alpha""#, "7"), (#""squad_id":"alpha","#, ""),
        ] { #expect(try read(known.replacing(from, with: to)) == nil, "\(to)") }
    }

    @Test("a signal and its outcome are encoded as the golden pushes say")
    func signal() throws {
        let card = try self.frame("server/new_message_signal")["data"]?["metadata"]?["signal_data"]
        let signal = SignalPayload(
            signalID: "ELITE_SNIPER_EURUSD_1756736885", symbol: "EURUSD", direction: "BUY", confidence: "87.4",
            entryPrice: "1.0842", stopLoss: "1.08215", takeProfit: "1.0883", riskReward: "2.0", signalClass: "SNIPER",
            patternType: "ORDER_BLOCK_BOUNCE", session: "LONDON", timestamp: "2026-11-22T10:04:00+00:00")
        #expect(signal.encoded() == Array(try #require(card).bytes))

        let set = try self.frame("server/signal_updated")["data"]?["metadata"]?["outcome"]
        let outcome = OutcomePayload(
            signalID: "S1", outcome: "WIN", pipsResult: "41.0", exitPrice: "1.0883",
            resolvedAt: "2026-11-22T10:31:00.000Z")
        #expect(
            try JSONValue(parsing: outcome.encoded).fields().dropFirst().map { Array($0.value.bytes) }
                == (try #require(set).fields().map { Array($0.value.bytes) }))
    }

    @Test("a field of the engine under a name of ours is said once, and further ones are kept as they came")
    func furtherFields() throws {
        let signal = SignalPayload(
            signalID: "S1", symbol: "EURUSD", direction: "BUY", confidence: "87.40", entryPrice: "1.10",
            timestamp: "2026-11-22T10:04:00.000Z")
        let engine = try JSONValue.fields(parsing: #"{"pair":"eurusd","filters":{"momentum" : true},"a\"b":1.50}"#.utf8)
        let text = String(decoding: signal.encoded(with: engine), as: UTF8.self)
        #expect(text.hasSuffix(#","timestamp":"2026-11-22T10:04:00.000Z","filters":{"momentum":true},"a\"b":1.50}"#))
        #expect(try JSONValue(parsing: text.utf8)["pair"]?.string == "EURUSD")
        #expect(text.contains(#""tcs":87.40,"entry_price":1.10,"#))
    }
}
