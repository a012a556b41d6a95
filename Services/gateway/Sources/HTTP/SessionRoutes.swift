import Directory
import Domain
import HTTPTypes
import Hummingbird
import JSON
import ServiceRuntime

/// Who is signed in, and what they may enter.
struct SessionRoutes: RouteGroup {
    let sessions: SessionStore
    let directory: DirectoryReplica
    let isDemo: Bool

    func add(to router: Router<BasicRequestContext>) {
        router.get("/api/chat/session") { request, _ in try await self.session(request) }
    }

    private func session(_ request: Request) async throws -> Response {
        guard let session = self.sessions.session(fromHeader: request.headers[.cookie]),
            try await self.sessions.touch(session), let user = self.directory.user(session.user), user.isActive
        else { return self.signedOut(asAnAnswer: request.uri.query == Self.quiet) }
        let own = self.directory.squad(user.squadID) ?? Squad(squadID: user.squadID)
        let now = Timestamp(milliseconds: WallClock.milliseconds())
        let others = self.directory.squads().filter { squad in
            squad.squadID != own.squadID
                && RoomPolicy.permissions(of: user, in: RoomRecord(commandOf: squad.squadID), at: now).contains(.read)
        }
        let squads = ([own] + others).sorted { $0.squadID.rawValue < $1.squadID.rawValue }
        var json = JSONWriter()
        json.field("user", raw: DirectoryRecord.profile(of: user))
        json.field("squads", raw: Self.list(squads) { DirectoryRecord.json(of: $0) })
        json.field("rooms", raw: Self.list(squads) { Self.json(of: Room(commandOf: $0.squadID)) })
        json.field("demo", self.isDemo)
        if self.isDemo { json.field("demo_users", raw: self.demoUsers()) }
        // Using a session renews it; the browser's copy must last as long.
        let cookie = self.sessions.header(for: session, request)
        return .json(json.finish(), headers: [.setCookie: cookie])
    }

    /// What a page's first look asks with: to be signed out is an answer to it, not an error in the browser's console.
    private static let quiet = "quiet"

    private func signedOut(asAnAnswer: Bool) -> Response {
        var json = JSONWriter()
        if asAnAnswer {
            json.field("user", raw: Array("null".utf8))
        } else {
            json.field("error", "Not authenticated")
            json.field("code", Refusal.Code.notAuthenticated.rawValue)
        }
        json.field("demo", self.isDemo)
        if self.isDemo { json.field("demo_users", raw: self.demoUsers()) }
        return .json(json.finish(), status: asAnAnswer ? .ok : .unauthorized)
    }

    private func demoUsers() -> [UInt8] {
        Self.list(self.directory.users().filter(\.isActive).prefix(100)) { DirectoryRecord.profile(of: $0) }
    }

    private static func json(of room: Room) -> [UInt8] {
        var json = JSONWriter()
        json.field("room_id", room.roomID.rawValue)
        json.field("squad_id", room.record.squadID?.rawValue)
        json.field("name", room.name)
        return json.finish()
    }

    private static func list<Elements: Sequence>(
        _ elements: Elements, _ encode: (Elements.Element) -> [UInt8]
    ) -> [UInt8] {
        let parts = elements.map(encode).joined(separator: [UInt8(ascii: ",")])
        return [UInt8(ascii: "[")] + parts + [UInt8(ascii: "]")]
    }
}
