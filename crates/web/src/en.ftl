title = congvu – electronic card of cadres, civil servants and public employees
running = The server is running. Personalisation stations connect to this address.
next = For now the work is done from the command line; see:
