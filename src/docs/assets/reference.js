// Draws the reference of one contract, in the reader's light.
const place = document.getElementById("reference");
const night = matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", night.matches);
night.addEventListener("change", dress);
dress();
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  displayOperationId: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  validatorUrl: null,
  syntaxHighlight: { activated: false },
  presets: [SwaggerUIBundle.presets.apis],
});
