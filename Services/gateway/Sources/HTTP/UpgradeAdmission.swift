import Directory
import NIOCore
import Redis
import WebSocket

/// Who may open `/ws`: whoever is signed in, by cookie. Nothing in the request itself grants anything.
struct UpgradeAdmission: WebSocketAdmitting {
    /// What a socket of one event loop needs to come in.
    struct Door: Sendable {
        let eventLoop: any EventLoop
        /// The loop's own client.
        let redis: RedisClient
        let sessions: OpenSessions
    }

    private let store: SessionStore
    private let directory: DirectoryReplica
    private let doors: [ObjectIdentifier: Door]
    private let dialect = BrowserDialect()

    init(store: SessionStore, directory: DirectoryReplica, doors: [Door]) {
        self.store = store
        self.directory = directory
        self.doors = Dictionary(uniqueKeysWithValues: doors.map { (ObjectIdentifier($0.eventLoop), $0) })
    }

    func admit(_ request: WebSocketRequest, on eventLoop: any EventLoop) -> EventLoopFuture<WebSocketAdmission> {
        guard let door = self.doors[ObjectIdentifier(eventLoop)],
            let session = self.store.session(fromHeader: request["cookie"])
        else { return eventLoop.makeSucceededFuture(.refuse(Self.signedOut)) }
        if self.directory.isReady, self.directory.user(session.user)?.isActive == false {
            return eventLoop.makeSucceededFuture(.refuse(Self.signedOut))
        }
        return self.store.touch(session, on: eventLoop, redis: door.redis).map { [dialect] lasts in
            guard lasts else { return .refuse(Self.signedOut) }
            return .accept { connection in
                door.sessions.open(
                    ClientLink(connection, dialect: dialect), user: session.user.rawValue, sessionID: session.id)
            }
        }
    }

    private static let signedOut = WebSocketRefusal(
        status: 401, code: "not_authenticated", message: "Sign in first: POST /api/chat/join.")
}
