import Database
import Domain
import JSON
import TestSupport
import Testing
import WireContract

@testable import NotifierService

/// Who hears of a message is decided by what the room is, not by what it is called.
struct RoomStoreTests {
    private func created(_ room: String, record: String) -> RoomEvent {
        var event = sampleEvent("", from: "", room: room, event: Publication.Event.roomCreated)
        event.message = nil
        event.json = Array(
            #"{"seq":1,"room_id":"\#(room)","name":"War Room","squad_id":"alpha","timestamp":""\#(record)}"#.utf8)
        return event
    }

    private func told(_ text: String, in room: String, _ rooms: RoomStore) async throws -> [String] {
        var planner = NotificationPlanner(roster: try SampleRoster.demo(), fresh: .seconds(300))
        let event = sampleEvent(text, from: "atlas-6", room: room, sequence: 2)
        planner.rooms = try await rooms.follow([event])
        return try planner.notifications(for: event, now: 1_000_500).map(\.user.rawValue).sorted()
    }

    @Test("the people of a room are those of its record, also for a process that was not there when it was made")
    func record() async throws {
        let database = try SQLDatabase(url: "sqlite:\(try temporaryDirectory())/n.sqlite")
        _ = try await PreferenceStore(database)
        let record = RoomRecord(commandOf: try SquadID("alpha"))
        let text = #","record":"# + String(decoding: record.encoded, as: UTF8.self)
        let first = RoomStore(database)
        #expect(try await self.told("@all", in: "war-room", first).isEmpty)
        _ = try await first.follow([self.created("war-room", record: text)])
        for rooms in [first, RoomStore(database)] {
            #expect(try await self.told("@all", in: "war-room", rooms) == ["ghost-2", "nomad-7", "owl-3", "viper-1"])
            let again = try await rooms.follow([self.created("war-room", record: "")])
            #expect(again.room(try RoomID("war-room"))?.name == "War Room")
        }
    }

    @Test("a room of before there were records is what its id says; one that cannot be read has nobody")
    func others() async throws {
        let database = try SQLDatabase(url: "sqlite:\(try temporaryDirectory())/n.sqlite")
        _ = try await PreferenceStore(database)
        let rooms = RoomStore(database)
        _ = try await rooms.follow([self.created("squad_alpha", record: "")])
        #expect(try await self.told("@all", in: "squad_alpha", rooms) == ["ghost-2", "nomad-7", "owl-3", "viper-1"])
        let newer = #","record":{"kind":"hologram","squad_id":"bravo","policy":"squad","limits":{}}"#
        _ = try await rooms.follow([self.created("squad_bravo", record: newer)])
        for rooms in [rooms, RoomStore(database)] {
            #expect(try await self.told("@all", in: "squad_bravo", rooms).isEmpty)
        }
    }

    @Test("a batch knows all of its rooms, however few are remembered and whatever another batch makes us forget")
    func more() async throws {
        let database = try SQLDatabase(url: "sqlite:\(try temporaryDirectory())/n.sqlite")
        _ = try await PreferenceStore(database)
        let record =
            #","record":"# + String(decoding: RoomRecord(commandOf: try SquadID("alpha")).encoded, as: UTF8.self)
        let rooms = RoomStore(database, mostKnown: 3)
        let names = (0..<5).map { "war-room-\($0)" }
        let made = try await rooms.follow(names.map { self.created($0, record: record) })
        let said = names.map { sampleEvent("m", from: "atlas-6", room: $0, sequence: 2) }
        let later = try await rooms.follow(said)
        _ = try await rooms.follow([self.created("war-room-9", record: record)])
        for known in [made, later] {
            #expect(try names.map { known.room(try RoomID($0))?.roomID.rawValue } == names)
        }
    }

    @Test("that a room has no record is not remembered: another process may be about to store it")
    func late() async throws {
        let database = try SQLDatabase(url: "sqlite:\(try temporaryDirectory())/n.sqlite")
        _ = try await PreferenceStore(database)
        let record = RoomRecord(commandOf: try SquadID("alpha"))
        let text = #","record":"# + String(decoding: record.encoded, as: UTF8.self)
        let (rooms, other) = (RoomStore(database), RoomStore(database))
        for room in ["war-room", "squad_bravo"] {
            let before = try await rooms.follow([sampleEvent("m", from: "atlas-6", room: room, sequence: 2)])
            #expect(before.room(try RoomID(room))?.record.squadID != record.squadID)
            _ = try await other.follow([self.created(room, record: text)])
            #expect(try await self.told("@all", in: room, rooms) == ["ghost-2", "nomad-7", "owl-3", "viper-1"])
        }
    }
}
