import NIOCore
import WebSocket

/// Who may open `/ws`: whoever is signed in, by cookie. Nothing in the request itself grants anything.
struct UpgradeAdmission: WebSocketAdmitting {
    private let sessions: SessionStore
    private let hubs: [ObjectIdentifier: SessionHub]

    init(sessions: SessionStore, hubs: [SessionHub]) {
        self.sessions = sessions
        self.hubs = Dictionary(uniqueKeysWithValues: hubs.map { (ObjectIdentifier($0.eventLoop), $0) })
    }

    func admit(_ request: WebSocketRequest, on eventLoop: any EventLoop) -> EventLoopFuture<WebSocketAdmission> {
        guard let hub = self.hubs[ObjectIdentifier(eventLoop)],
            let session = self.sessions.session(fromHeader: request["cookie"])
        else { return eventLoop.makeSucceededFuture(.refuse(Self.signedOut)) }
        if hub.directory.isReady, hub.directory.user(session.user)?.isActive == false {
            return eventLoop.makeSucceededFuture(.refuse(Self.signedOut))
        }
        return self.sessions.touch(session, on: eventLoop, redis: hub.redis).map { lasts in
            guard lasts else { return .refuse(Self.signedOut) }
            return .accept { hub.open($0, user: session.user.rawValue, sessionID: session.id) }
        }
    }

    private static let signedOut = WebSocketRefusal(
        status: 401, code: "not_authenticated", message: "Sign in first: POST /api/chat/join.")
}
