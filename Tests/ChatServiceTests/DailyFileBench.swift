import Foundation
import TestSupport
import WorkQueue

@testable import ChatService

/// An archive whose partition is held, the folder of its daily files, and who writes them.
struct DailyFileBench {
    static let day = "2027-01-15"
    static let nextDay = 1_800_000_000_000 + 86_400_000
    let held: HeldArchive
    let away: ArchiveAway
    let files: DailyFiles
    let health = DailyFileHealth()

    init() async throws {
        let folder = try temporaryDirectory()
        let archive = ArchiveAway(
            try SQLiteArchive(
                url: "sqlite:\(folder)/chat.sqlite", synchronous: .normal, logger: ChatProcess.quiet))
        self.away = archive
        self.held = try await HeldArchive(archive)
        self.files = DailyFiles(folder: "\(folder)/archive")
    }

    var follower: DailyFileFollower {
        DailyFileFollower(
            partition: 0, ledger: self.away, files: self.files, health: self.health, logger: ChatProcess.quiet)
    }

    func path(_ day: String = Self.day, _ room: String = HeldArchive.room) -> URL {
        URL(filePath: self.files.path(room: room, day: day))
    }

    /// The texts in a file, with `?` for a line that is none.
    func contents(_ day: String = Self.day, _ room: String = HeldArchive.room) throws -> [String] {
        try String(contentsOf: self.path(day, room), encoding: .utf8).split(separator: "\n").map { line in
            line.firstRange(of: "\"content\":\"").map { String(line[$0.upperBound...].prefix { $0 != "\"" }) } ?? "?"
        }
    }

    func repair(_ follower: DailyFileFollower) async throws {
        var repaired: Set<String> = []
        try await follower.repair(beside: &repaired)
    }
}
