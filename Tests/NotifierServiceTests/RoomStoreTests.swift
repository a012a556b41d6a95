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
        let planner = NotificationPlanner(
            roster: try SampleRoster.demo(), fresh: .seconds(300), room: { rooms.room($0) })
        let event = sampleEvent(text, from: "atlas-6", room: room, sequence: 2)
        try await rooms.follow([event])
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
        try await first.follow([self.created("war-room", record: text)])
        for rooms in [first, RoomStore(database)] {
            #expect(try await self.told("@all", in: "war-room", rooms) == ["ghost-2", "nomad-7", "owl-3", "viper-1"])
            #expect(rooms.room(try RoomID("war-room"))?.name == "War Room")
        }
    }

    @Test("a room of before there were records is what its id says; one that cannot be read has nobody")
    func others() async throws {
        let database = try SQLDatabase(url: "sqlite:\(try temporaryDirectory())/n.sqlite")
        _ = try await PreferenceStore(database)
        let rooms = RoomStore(database)
        try await rooms.follow([self.created("squad_alpha", record: "")])
        #expect(try await self.told("@all", in: "squad_alpha", rooms) == ["ghost-2", "nomad-7", "owl-3", "viper-1"])
        let newer = #","record":{"kind":"hologram","squad_id":"bravo","policy":"squad","limits":{}}"#
        try await rooms.follow([self.created("squad_bravo", record: newer)])
        for rooms in [rooms, RoomStore(database)] {
            #expect(try await self.told("@all", in: "squad_bravo", rooms).isEmpty)
        }
    }
}
