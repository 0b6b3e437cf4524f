"""An SSH server and a client in the process: keys, a command, a wrong password."""

import socket
from threading import Thread

import paramiko


class Server(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if password == "é" else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "password"

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        Thread(target=answer, args=(channel, command), daemon=True).start()
        return True


def answer(channel, command):
    channel.recv(1)  # when the client has been told that the command runs
    channel.sendall(command.upper())
    channel.send_exit_status(3)
    channel.close()


def serve(listener, key, count):
    for _ in range(count):
        transport = paramiko.Transport(listener.accept()[0])
        transport.add_server_key(key)
        transport.start_server(server=Server())


def job():
    key = paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, args=(listener, key, 2), daemon=True).start()
        results = []
        for password in ("wrong", "é"):
            client = paramiko.SSHClient()
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            try:
                client.connect(
                    "127.0.0.1",
                    listener.getsockname()[1],
                    "me",
                    password,
                    allow_agent=False,
                    look_for_keys=False,
                    timeout=60,
                )
                given, out, _ = client.exec_command("echo ü")
                given.write("x")
                given.flush()
                results += [out.read().decode(), out.channel.recv_exit_status()]
            except paramiko.AuthenticationException as error:
                results.append(type(error).__name__)
            client.close()
    return [*results, key.get_name()]
